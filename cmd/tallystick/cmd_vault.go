package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"tallystick/install"
	"tallystick/privacy/keys/vault"
)

func vaultCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "vault",
		Short:   "Prepare Vault for an install",
		Example: "  VAULT_TOKEN=... tallystick vault setup --config tallystick.yaml",
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "setup",
		Short: "Make the mounts, keys, policies and AppRoles that the install needs",
		Long: `Setup makes in Vault what is missing: a key for each insurer, two sealing keys, policies and
AppRoles for the pipeline and the two officers. The pipeline's policy can seal but not open.
It needs an administrator's token in VAULT_TOKEN and may be run again at any time. It prints the
pipeline's role id and, if keys.vault.secret_id_file does not exist, writes a new secret id there.`,
		Example: "  VAULT_TOKEN=... tallystick vault setup --config tallystick.yaml",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			// The role id is what this command finds out, so the configuration need not have it yet.
			if os.Getenv("TALLYSTICK_KEYS_VAULT_ROLE_ID") == "" {
				g.set = append([]string{"keys.vault.role_id=unknown"}, g.set...)
			}
			c, _, err := g.load()
			if err != nil {
				return err
			}
			if c.Keys.Service != "vault" {
				return fmt.Errorf("keys.service is %s, not vault", c.Keys.Service)
			}
			client, err := install.VaultClient(&c)
			if err != nil {
				return err
			}
			if client.Token() == "" {
				return errors.New("VAULT_TOKEN is not set: setup needs an administrator's token")
			}
			ctx, names := cmd.Context(), install.VaultNames(&c)
			if err := vault.Setup(ctx, client, vault.SetupConfig{Names: names, Insurers: c.Insurers}); err != nil {
				return err
			}
			// The file is taken first: a secret id that nobody keeps would stay valid all the same.
			f, err := os.OpenFile(c.Keys.Vault.SecretIDFile, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if errors.Is(err, os.ErrExist) {
				id, err := client.Logical().ReadWithContext(ctx, "auth/"+c.Keys.Vault.AppRole+"/role/"+
					names.PipelineRole()+"/role-id")
				if err != nil || id == nil {
					return fmt.Errorf("reading the pipeline's role id: %w", err)
				}
				fmt.Fprintln(cmd.OutOrStdout(), id.Data["role_id"])
				return nil
			}
			if err != nil {
				return fmt.Errorf("keys.vault.secret_id_file: %w", err)
			}
			credentials, err := vault.NewCredentials(ctx, client, names, names.PipelineRole())
			if err != nil {
				return errors.Join(err, f.Close(), os.Remove(f.Name()))
			}
			fmt.Fprintln(cmd.OutOrStdout(), credentials.RoleID)
			_, err = f.WriteString(credentials.SecretID + "\n")
			return errors.Join(err, f.Close())
		},
	})
	return cmd
}
