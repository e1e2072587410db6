package pipeline

import "time"

// CoverAfter sets how long the journal of cfg may trail where the source holds nothing but what is left out.
func CoverAfter(cfg *Config, d time.Duration) { cfg.cover = d }
