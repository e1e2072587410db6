// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControlDefaultAdminRules} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {AnchorRegistry} from "./AnchorRegistry.sol";
import {TransparencyLog} from "./TransparencyLog.sol";

/// @title An insurer's escrow, which pays a settlement once it is proved to stand in the insurer's anchored log.
/// @notice Anybody may bring the proof; the money goes to the payee that the entry names. The admin can pause and limit,
/// and move the escrow with notice, but can neither name a payee nor pay without an entry.
contract ClaimSettlement is AccessControlDefaultAdminRules, Pausable, ReentrancyGuard, EIP712 {
    using SafeERC20 for IERC20;

    /// An entry of the journal "settlement". Claim and nullifier are keyed digests; nothing here names a person.
    struct Settlement {
        uint8 version;
        address payee;
        uint256 amount; // in minor units of the currency
        bytes3 currency; // ISO 4217
        bytes32 claim;
        bytes32 record; // commitment of the decision's record
        uint64 disputeEnd; // seconds since 1970; not paid before
        bytes32 nullifier; // one for each payment that was decided
    }

    /// The way from the entry's commitment to a head of the log.
    struct Proof {
        uint64 batchIndex;
        uint64 batchEntries;
        bytes32[] batchPath;
        uint64 batch; // its number, which is the index of its entry in the log
        uint64 logSize;
        bytes32[] logPath;
    }

    bytes32 public constant PAUSER = keccak256("PAUSER");
    bytes32 public constant LIMITER = keccak256("LIMITER");
    bytes32 private constant TYPEHASH = keccak256(
        "Settlement(uint8 version,address payee,uint256 amount,bytes3 currency,bytes32 claim,bytes32 record,uint64 disputeEnd,bytes32 nullifier)"
    );

    event Paid(bytes32 indexed nullifier, address indexed payee, uint256 amount, uint64 logSize);
    event Remembered(uint64 indexed size, bytes32 root);
    event Limited(uint256 perPayment, uint256 perDay);
    event MoveAnnounced(address indexed successor, uint64 notBefore);
    event Moved(address indexed successor, uint256 tokens);

    error WrongVersion(uint8 version);
    error WrongCurrency(bytes3 currency);
    error InDispute(uint64 until);
    error AlreadyPaid(bytes32 nullifier);
    error OverLimit(uint256 limit, uint256 amount);
    error NotAnchored(uint64 size, bytes32 root);
    error PredecessorOpen();
    error EscrowClosed();
    error TooEarly(uint64 notBefore);
    error Zero();

    IERC20 public immutable token;
    uint256 public immutable scale; // tokens' units in a minor unit of the currency
    bytes3 public immutable currency;
    AnchorRegistry public immutable registry;
    address public immutable account; // of the log in the registry
    bytes32 public immutable originHash;
    ClaimSettlement public immutable predecessor; // whose payments count as paid here; zero: none
    uint64 public immutable notice; // seconds between announcing a move and moving
    string public origin;

    uint256 public perPayment; // limits, in minor units
    uint256 public perDay;
    mapping(uint256 day => uint256) public paidOn;
    mapping(uint64 size => bytes32) public remembered;
    mapping(bytes32 nullifier => bool) private _paid;

    address public successor;
    uint64 public moveNotBefore;
    bool public closed;

    struct Setup {
        IERC20 token;
        uint256 scale;
        bytes3 currency;
        AnchorRegistry registry;
        address account;
        string origin;
        ClaimSettlement predecessor;
        uint64 notice;
        uint256 perPayment;
        uint256 perDay;
        address admin;
        uint48 adminDelay;
    }

    constructor(Setup memory s)
        AccessControlDefaultAdminRules(s.adminDelay, s.admin)
        EIP712("Tallystick settlement", "1")
    {
        if (address(s.token) == address(0) || address(s.registry) == address(0) || s.scale == 0) revert Zero();
        (token, scale, currency, registry, account) = (s.token, s.scale, s.currency, s.registry, s.account);
        (origin, originHash, predecessor, notice) = (s.origin, sha256(bytes(s.origin)), s.predecessor, s.notice);
        (perPayment, perDay) = (s.perPayment, s.perDay);
        _grantRole(PAUSER, s.admin);
        _grantRole(LIMITER, s.admin);
        emit Limited(s.perPayment, s.perDay);
    }

    /// @notice Pays an entry that is proved to stand in the log under its head, or under one that was remembered.
    function pay(Settlement calldata s, Proof calldata p) external nonReentrant whenNotPaused {
        if (closed) revert EscrowClosed();
        if (s.version != 1) revert WrongVersion(s.version);
        if (s.currency != currency) revert WrongCurrency(s.currency);
        if (s.payee == address(0) || s.amount == 0) revert Zero();
        if (block.timestamp < s.disputeEnd) revert InDispute(s.disputeEnd);
        // While the predecessor can still pay, one nullifier could be paid by both.
        if (address(predecessor) != address(0) && !predecessor.closed()) revert PredecessorOpen();
        if (paid(s.nullifier)) revert AlreadyPaid(s.nullifier);
        if (s.amount > perPayment) revert OverLimit(perPayment, s.amount);
        uint256 day = block.timestamp / 1 days;
        if (s.amount > perDay - _min(perDay, paidOn[day])) revert OverLimit(perDay, s.amount);
        _requireAnchored(p.logSize, provedRoot(commitmentOf(s), p));

        _paid[s.nullifier] = true;
        paidOn[day] += s.amount;
        emit Paid(s.nullifier, s.payee, s.amount, p.logSize);
        token.safeTransfer(s.payee, s.amount * scale);
    }

    /// @notice Keeps the log's present head, so that proofs under it stay good when the log has grown.
    function remember() external {
        (uint64 size, bytes32 root,,) = registry.headOf(account, originHash);
        if (size == 0) revert NotAnchored(0, 0);
        remembered[size] = root;
        emit Remembered(size, root);
    }

    /// @notice Returns the commitment of an entry for this contract on this chain: its EIP-712 digest.
    function commitmentOf(Settlement calldata s) public view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(TYPEHASH, s.version, s.payee, s.amount, s.currency, s.claim, s.record, s.disputeEnd, s.nullifier)
            )
        );
    }

    /// @notice Returns the root of the log to which a commitment's proof leads, rebuilding the batch's entry on the way.
    function provedRoot(bytes32 commitment, Proof calldata p) public view returns (bytes32) {
        bytes32 leaf = TransparencyLog.commitmentLeaf(commitment);
        bytes32 batchRoot = TransparencyLog.rootOf(leaf, p.batchIndex, p.batchEntries, p.batchPath);
        leaf = TransparencyLog.batchLeaf(origin, p.batch, p.batchEntries, batchRoot);
        return TransparencyLog.rootOf(leaf, p.batch, p.logSize, p.logPath);
    }

    /// @notice Reports whether a payment was made, here or by a predecessor.
    function paid(bytes32 nullifier) public view returns (bool) {
        return _paid[nullifier] || (address(predecessor) != address(0) && predecessor.paid(nullifier));
    }

    function limit(uint256 perPayment_, uint256 perDay_) external onlyRole(LIMITER) {
        (perPayment, perDay) = (perPayment_, perDay_);
        emit Limited(perPayment_, perDay_);
    }

    function pause() external onlyRole(PAUSER) {
        _pause();
    }

    /// @notice Goes on. Whoever may stop payments in haste may not by that start them.
    function unpause() external onlyRole(DEFAULT_ADMIN_ROLE) {
        _unpause();
    }

    /// @notice Announces where the escrow will move. Payments go on until it does, so that payees can take what is theirs.
    function announceMove(address to) external onlyRole(DEFAULT_ADMIN_ROLE) {
        if (closed) revert EscrowClosed();
        if (to == address(0)) revert Zero();
        (successor, moveNotBefore) = (to, uint64(block.timestamp) + notice);
        emit MoveAnnounced(to, moveNotBefore);
    }

    /// @notice Moves the whole escrow and closes this contract for ever. What comes in later is moved by the same call.
    function move() external nonReentrant onlyRole(DEFAULT_ADMIN_ROLE) {
        if (successor == address(0)) revert Zero();
        if (block.timestamp < moveNotBefore) revert TooEarly(moveNotBefore);
        closed = true;
        uint256 held = token.balanceOf(address(this));
        emit Moved(successor, held);
        token.safeTransfer(successor, held);
    }

    function _requireAnchored(uint64 size, bytes32 root) private view {
        if (remembered[size] == root) return;
        (uint64 headSize, bytes32 headRoot,,) = registry.headOf(account, originHash);
        if (headSize != size || headRoot != root) revert NotAnchored(size, root);
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
