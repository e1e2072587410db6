// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title One head for each log: the newest checkpoint that its keeper has made known here.
/// @notice A log is an account and the SHA-256 of its origin. Its head only grows, and of one size there is one root for
/// ever, so whoever keeps the log cannot show two histories. The contract has no owner and moves no money.
/// @dev A head takes two slots, so that an anchor costs the same whatever the batches hold. What was the head before stands
/// in the event, and each event names the block of the one before it: the whole history can be walked block by block.
contract AnchorRegistry {
    struct Head {
        bytes32 root;
        address signer; // who may anchor; zero: the log is not known here yet
        uint64 size;
        uint32 atBlock; // of the newest Anchored event; zero: there is none
    }

    event Anchored(
        address indexed account,
        bytes32 indexed origin,
        uint64 indexed size,
        bytes32 root,
        uint64 previousSize,
        bytes32 previousRoot,
        uint32 previousBlock
    );
    event SignerAppointed(address indexed account, bytes32 indexed origin, address signer);
    event ControlOffered(address indexed account, bytes32 indexed origin, address to);
    event ControlTaken(address indexed account, bytes32 indexed origin, address controller);

    /// The caller may not do this for the log.
    error NotAllowed(address caller);
    /// The head is larger than what was to be anchored.
    error Smaller(uint64 held, uint64 given);
    /// The head has that size and another root.
    error Conflict(uint64 size, bytes32 held, bytes32 given);
    /// A size or root of zero, or an address of zero.
    error Zero();

    mapping(address account => mapping(bytes32 origin => Head)) private _heads;
    mapping(address account => mapping(bytes32 origin => address)) private _controllers; // zero: the account
    mapping(address account => mapping(bytes32 origin => address)) private _offers;

    /// @notice Makes a checkpoint the head of the log. The head again changes nothing; a smaller size or another root of
    /// the head's size is refused.
    function anchor(address account, bytes32 origin, uint64 size, bytes32 root) external {
        Head storage head = _heads[account][origin];
        (address signer, uint64 held, uint32 heldAt) = (head.signer, head.size, head.atBlock);
        if (signer == address(0)) signer = controllerOf(account, origin);
        if (msg.sender != signer) revert NotAllowed(msg.sender);
        if (size == 0 || root == 0) revert Zero();
        if (size < held) revert Smaller(held, size);
        bytes32 heldRoot = head.root;
        if (size == held) {
            if (root != heldRoot) revert Conflict(size, heldRoot, root);
            return;
        }
        (head.root, head.signer, head.size, head.atBlock) = (root, signer, size, uint32(block.number));
        emit Anchored(account, origin, size, root, held, heldRoot, heldAt);
    }

    /// @notice Returns the head; all zero if nothing was anchored.
    function headOf(address account, bytes32 origin)
        external
        view
        returns (uint64 size, bytes32 root, uint32 atBlock, address signer)
    {
        Head storage head = _heads[account][origin];
        return (head.size, head.root, head.atBlock, head.signer);
    }

    /// @notice Lets another key anchor in place of the present one. For the controller alone, which may be a key that is
    /// kept off line.
    function appoint(address account, bytes32 origin, address signer) external {
        if (msg.sender != controllerOf(account, origin)) revert NotAllowed(msg.sender);
        if (signer == address(0)) revert Zero();
        _heads[account][origin].signer = signer;
        emit SignerAppointed(account, origin, signer);
    }

    /// @notice Offers control to another key; it changes hands when that key takes it. Zero takes the offer back.
    function offer(address account, bytes32 origin, address to) external {
        if (msg.sender != controllerOf(account, origin)) revert NotAllowed(msg.sender);
        _offers[account][origin] = to;
        emit ControlOffered(account, origin, to);
    }

    /// @notice Takes the control that was offered. The former keys can do nothing from here on: the signer is the taker
    /// until it appoints another.
    function take(address account, bytes32 origin) external {
        if (msg.sender != _offers[account][origin]) revert NotAllowed(msg.sender);
        delete _offers[account][origin];
        _controllers[account][origin] = msg.sender;
        _heads[account][origin].signer = msg.sender;
        emit ControlTaken(account, origin, msg.sender);
        emit SignerAppointed(account, origin, msg.sender);
    }

    /// @notice Returns who may appoint signers: the account itself until it has given control away.
    function controllerOf(address account, bytes32 origin) public view returns (address) {
        address controller = _controllers[account][origin];
        return controller == address(0) ? account : controller;
    }
}
