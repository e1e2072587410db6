// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

/// @title Proofs of RFC 6962 logs, and the batch entries that Tallystick's logs hold.
library TransparencyLog {
    /// The path has not the length that index and size ask for, or the index is not in the tree.
    error BadPath();

    /// @notice Returns the root to which a leaf's path leads (RFC 9162, 2.1.3.2).
    function rootOf(bytes32 leaf, uint64 index, uint64 size, bytes32[] calldata path) internal pure returns (bytes32 root) {
        if (index >= size) revert BadPath();
        uint64 last = size - 1;
        root = leaf;
        for (uint256 i = 0; i < path.length; i++) {
            if (last == 0) revert BadPath();
            if (index & 1 == 1 || index == last) {
                root = sha256(abi.encodePacked(bytes1(0x01), path[i], root));
                while (index & 1 == 0 && index != 0) (index, last) = (index >> 1, last >> 1);
            } else {
                root = sha256(abi.encodePacked(bytes1(0x01), root, path[i]));
            }
            (index, last) = (index >> 1, last >> 1);
        }
        if (last != 0) revert BadPath();
    }

    /// @notice Returns the leaf hash of a record's commitment in its batch.
    function commitmentLeaf(bytes32 commitment) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(bytes1(0x00), commitment));
    }

    /// @notice Returns the leaf hash of a batch's entry in the log: of the text tallystick/batch/v1.
    function batchLeaf(string memory origin, uint64 number, uint64 entries, bytes32 root) internal pure returns (bytes32) {
        return sha256(
            abi.encodePacked(
                bytes1(0x00),
                "tallystick/batch/v1\n",
                origin,
                "\n",
                Strings.toString(number),
                "\n",
                Strings.toString(entries),
                "\n",
                Base64.encode(abi.encodePacked(root)),
                "\n"
            )
        );
    }
}
