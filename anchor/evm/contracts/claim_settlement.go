// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package contracts

import (
	"bytes"
	"errors"
	"math/big"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// Reference imports to suppress errors if they are not otherwise used.
var (
	_ = bytes.Equal
	_ = errors.New
	_ = big.NewInt
	_ = common.Big1
	_ = types.BloomLookup
	_ = abi.ConvertType
)

// ClaimSettlementProof is an auto generated low-level Go binding around an user-defined struct.
type ClaimSettlementProof struct {
	BatchIndex   uint64
	BatchEntries uint64
	BatchPath    [][32]byte
	Batch        uint64
	LogSize      uint64
	LogPath      [][32]byte
}

// ClaimSettlementSettlement is an auto generated low-level Go binding around an user-defined struct.
type ClaimSettlementSettlement struct {
	Version    uint8
	Payee      common.Address
	Amount     *big.Int
	Currency   [3]byte
	Claim      [32]byte
	Record     [32]byte
	DisputeEnd uint64
	Nullifier  [32]byte
}

// ClaimSettlementSetup is an auto generated low-level Go binding around an user-defined struct.
type ClaimSettlementSetup struct {
	Token       common.Address
	Scale       *big.Int
	Currency    [3]byte
	Registry    common.Address
	Account     common.Address
	Origin      string
	Predecessor common.Address
	Notice      uint64
	PerPayment  *big.Int
	PerDay      *big.Int
	Admin       common.Address
	AdminDelay  *big.Int
}

// ClaimSettlementMetaData contains all meta data concerning the ClaimSettlement contract.
var ClaimSettlementMetaData = bind.MetaData{
	ABI: "[{\"inputs\":[{\"components\":[{\"internalType\":\"contractIERC20\",\"name\":\"token\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"scale\",\"type\":\"uint256\"},{\"internalType\":\"bytes3\",\"name\":\"currency\",\"type\":\"bytes3\"},{\"internalType\":\"contractAnchorRegistry\",\"name\":\"registry\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"internalType\":\"string\",\"name\":\"origin\",\"type\":\"string\"},{\"internalType\":\"contractClaimSettlement\",\"name\":\"predecessor\",\"type\":\"address\"},{\"internalType\":\"uint64\",\"name\":\"notice\",\"type\":\"uint64\"},{\"internalType\":\"uint256\",\"name\":\"perPayment\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"perDay\",\"type\":\"uint256\"},{\"internalType\":\"address\",\"name\":\"admin\",\"type\":\"address\"},{\"internalType\":\"uint48\",\"name\":\"adminDelay\",\"type\":\"uint48\"}],\"internalType\":\"structClaimSettlement.Setup\",\"name\":\"s\",\"type\":\"tuple\"}],\"stateMutability\":\"nonpayable\",\"type\":\"constructor\"},{\"inputs\":[],\"name\":\"AccessControlBadConfirmation\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint48\",\"name\":\"schedule\",\"type\":\"uint48\"}],\"name\":\"AccessControlEnforcedDefaultAdminDelay\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"AccessControlEnforcedDefaultAdminRules\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"defaultAdmin\",\"type\":\"address\"}],\"name\":\"AccessControlInvalidDefaultAdmin\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"neededRole\",\"type\":\"bytes32\"}],\"name\":\"AccessControlUnauthorizedAccount\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"nullifier\",\"type\":\"bytes32\"}],\"name\":\"AlreadyPaid\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"BadPath\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"EnforcedPause\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"EscrowClosed\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"ExpectedPause\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"until\",\"type\":\"uint64\"}],\"name\":\"InDispute\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"InvalidShortString\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"root\",\"type\":\"bytes32\"}],\"name\":\"NotAnchored\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"limit\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"}],\"name\":\"OverLimit\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"PredecessorOpen\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"ReentrancyGuardReentrantCall\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint8\",\"name\":\"bits\",\"type\":\"uint8\"},{\"internalType\":\"uint256\",\"name\":\"value\",\"type\":\"uint256\"}],\"name\":\"SafeCastOverflowedUintDowncast\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"token\",\"type\":\"address\"}],\"name\":\"SafeERC20FailedOperation\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"string\",\"name\":\"str\",\"type\":\"string\"}],\"name\":\"StringTooLong\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"notBefore\",\"type\":\"uint64\"}],\"name\":\"TooEarly\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"bytes3\",\"name\":\"currency\",\"type\":\"bytes3\"}],\"name\":\"WrongCurrency\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint8\",\"name\":\"version\",\"type\":\"uint8\"}],\"name\":\"WrongVersion\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"Zero\",\"type\":\"error\"},{\"anonymous\":false,\"inputs\":[],\"name\":\"DefaultAdminDelayChangeCanceled\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"internalType\":\"uint48\",\"name\":\"newDelay\",\"type\":\"uint48\"},{\"indexed\":false,\"internalType\":\"uint48\",\"name\":\"effectSchedule\",\"type\":\"uint48\"}],\"name\":\"DefaultAdminDelayChangeScheduled\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[],\"name\":\"DefaultAdminTransferCanceled\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"newAdmin\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint48\",\"name\":\"acceptSchedule\",\"type\":\"uint48\"}],\"name\":\"DefaultAdminTransferScheduled\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[],\"name\":\"EIP712DomainChanged\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"perPayment\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"perDay\",\"type\":\"uint256\"}],\"name\":\"Limited\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"successor\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint64\",\"name\":\"notBefore\",\"type\":\"uint64\"}],\"name\":\"MoveAnnounced\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"successor\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"tokens\",\"type\":\"uint256\"}],\"name\":\"Moved\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"nullifier\",\"type\":\"bytes32\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"payee\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"uint64\",\"name\":\"logSize\",\"type\":\"uint64\"}],\"name\":\"Paid\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"Paused\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"},{\"indexed\":false,\"internalType\":\"bytes32\",\"name\":\"root\",\"type\":\"bytes32\"}],\"name\":\"Remembered\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"role\",\"type\":\"bytes32\"},{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"previousAdminRole\",\"type\":\"bytes32\"},{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"newAdminRole\",\"type\":\"bytes32\"}],\"name\":\"RoleAdminChanged\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"role\",\"type\":\"bytes32\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"sender\",\"type\":\"address\"}],\"name\":\"RoleGranted\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"role\",\"type\":\"bytes32\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"sender\",\"type\":\"address\"}],\"name\":\"RoleRevoked\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"Unpaused\",\"type\":\"event\"},{\"inputs\":[],\"name\":\"DEFAULT_ADMIN_ROLE\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"LIMITER\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"PAUSER\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"acceptDefaultAdminTransfer\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"account\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"to\",\"type\":\"address\"}],\"name\":\"announceMove\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"newAdmin\",\"type\":\"address\"}],\"name\":\"beginDefaultAdminTransfer\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"cancelDefaultAdminTransfer\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint48\",\"name\":\"newDelay\",\"type\":\"uint48\"}],\"name\":\"changeDefaultAdminDelay\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"closed\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"\",\"type\":\"bool\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"internalType\":\"uint8\",\"name\":\"version\",\"type\":\"uint8\"},{\"internalType\":\"address\",\"name\":\"payee\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"},{\"internalType\":\"bytes3\",\"name\":\"currency\",\"type\":\"bytes3\"},{\"internalType\":\"bytes32\",\"name\":\"claim\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"record\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"disputeEnd\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"nullifier\",\"type\":\"bytes32\"}],\"internalType\":\"structClaimSettlement.Settlement\",\"name\":\"s\",\"type\":\"tuple\"}],\"name\":\"commitmentOf\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"currency\",\"outputs\":[{\"internalType\":\"bytes3\",\"name\":\"\",\"type\":\"bytes3\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"defaultAdmin\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"defaultAdminDelay\",\"outputs\":[{\"internalType\":\"uint48\",\"name\":\"\",\"type\":\"uint48\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"defaultAdminDelayIncreaseWait\",\"outputs\":[{\"internalType\":\"uint48\",\"name\":\"\",\"type\":\"uint48\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"eip712Domain\",\"outputs\":[{\"internalType\":\"bytes1\",\"name\":\"fields\",\"type\":\"bytes1\"},{\"internalType\":\"string\",\"name\":\"name\",\"type\":\"string\"},{\"internalType\":\"string\",\"name\":\"version\",\"type\":\"string\"},{\"internalType\":\"uint256\",\"name\":\"chainId\",\"type\":\"uint256\"},{\"internalType\":\"address\",\"name\":\"verifyingContract\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"salt\",\"type\":\"bytes32\"},{\"internalType\":\"uint256[]\",\"name\":\"extensions\",\"type\":\"uint256[]\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"role\",\"type\":\"bytes32\"}],\"name\":\"getRoleAdmin\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"role\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"grantRole\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"role\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"hasRole\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"\",\"type\":\"bool\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"perPayment_\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"perDay_\",\"type\":\"uint256\"}],\"name\":\"limit\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"move\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"moveNotBefore\",\"outputs\":[{\"internalType\":\"uint64\",\"name\":\"\",\"type\":\"uint64\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"notice\",\"outputs\":[{\"internalType\":\"uint64\",\"name\":\"\",\"type\":\"uint64\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"origin\",\"outputs\":[{\"internalType\":\"string\",\"name\":\"\",\"type\":\"string\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"originHash\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"owner\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"nullifier\",\"type\":\"bytes32\"}],\"name\":\"paid\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"\",\"type\":\"bool\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"day\",\"type\":\"uint256\"}],\"name\":\"paidOn\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"pause\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"paused\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"\",\"type\":\"bool\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"internalType\":\"uint8\",\"name\":\"version\",\"type\":\"uint8\"},{\"internalType\":\"address\",\"name\":\"payee\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"},{\"internalType\":\"bytes3\",\"name\":\"currency\",\"type\":\"bytes3\"},{\"internalType\":\"bytes32\",\"name\":\"claim\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"record\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"disputeEnd\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"nullifier\",\"type\":\"bytes32\"}],\"internalType\":\"structClaimSettlement.Settlement\",\"name\":\"s\",\"type\":\"tuple\"},{\"components\":[{\"internalType\":\"uint64\",\"name\":\"batchIndex\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"batchEntries\",\"type\":\"uint64\"},{\"internalType\":\"bytes32[]\",\"name\":\"batchPath\",\"type\":\"bytes32[]\"},{\"internalType\":\"uint64\",\"name\":\"batch\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"logSize\",\"type\":\"uint64\"},{\"internalType\":\"bytes32[]\",\"name\":\"logPath\",\"type\":\"bytes32[]\"}],\"internalType\":\"structClaimSettlement.Proof\",\"name\":\"p\",\"type\":\"tuple\"}],\"name\":\"pay\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"pendingDefaultAdmin\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"newAdmin\",\"type\":\"address\"},{\"internalType\":\"uint48\",\"name\":\"schedule\",\"type\":\"uint48\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"pendingDefaultAdminDelay\",\"outputs\":[{\"internalType\":\"uint48\",\"name\":\"newDelay\",\"type\":\"uint48\"},{\"internalType\":\"uint48\",\"name\":\"schedule\",\"type\":\"uint48\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"perDay\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"perPayment\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"predecessor\",\"outputs\":[{\"internalType\":\"contractClaimSettlement\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"commitment\",\"type\":\"bytes32\"},{\"components\":[{\"internalType\":\"uint64\",\"name\":\"batchIndex\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"batchEntries\",\"type\":\"uint64\"},{\"internalType\":\"bytes32[]\",\"name\":\"batchPath\",\"type\":\"bytes32[]\"},{\"internalType\":\"uint64\",\"name\":\"batch\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"logSize\",\"type\":\"uint64\"},{\"internalType\":\"bytes32[]\",\"name\":\"logPath\",\"type\":\"bytes32[]\"}],\"internalType\":\"structClaimSettlement.Proof\",\"name\":\"p\",\"type\":\"tuple\"}],\"name\":\"provedRoot\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"registry\",\"outputs\":[{\"internalType\":\"contractAnchorRegistry\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"remember\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"}],\"name\":\"remembered\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"role\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"renounceRole\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"role\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"revokeRole\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"rollbackDefaultAdminDelay\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"scale\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"successor\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes4\",\"name\":\"interfaceId\",\"type\":\"bytes4\"}],\"name\":\"supportsInterface\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"\",\"type\":\"bool\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"token\",\"outputs\":[{\"internalType\":\"contractIERC20\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"unpause\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"}]",
	ID:  "ClaimSettlement",
	Bin: "0x610260604052348015610010575f5ffd5b5060405161448738038061448783398101604081905261002f9161063f565b6040518060400160405280601581526020017f54616c6c79737469636b20736574746c656d656e740000000000000000000000815250604051806040016040528060018152602001603160f81b8152508261016001518361014001515f6001600160a01b0316816001600160a01b0316036100c457604051636116401160e11b81525f60048201526024015b60405180910390fd5b600180546001600160d01b0316600160d01b65ffffffffffff8516021790556100ed5f826103a5565b505050600161010661010361041460201b60201c565b90565b5561011082610438565b6101205261011d81610438565b61014052815160208084019190912060e052815190820120610100524660a0526101a960e05161010051604080517f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f60208201529081019290925260608201524660808201523060a08201525f9060c00160405160208183030381529060405280519060200120905090565b60805250503060c05280516001600160a01b031615806101d4575060608101516001600160a01b0316155b806101e157506020810151155b156101ff5760405163f456040360e01b815260040160405180910390fd5b80516020820151604080840151606085015160808601516001600160a01b039081166101e0529081166101c0526001600160e81b03199091166101a0526101809290925291166101605260a0820151905160029061025e908390610756565b602060405180830381855afa158015610279573d5f5f3e3d5ffd5b5050506040513d601f19601f8201168201806040525081019061029c919061076c565b60c083015160e08401516001600160401b038116610240526001600160a01b0382166102205261020083905260066102d48582610812565b505050610100830151610120840151600855600755505061014081015161031c907f539440820030c4994db4e31b6b800deafd503688728f932addfe7a410515c14c906103a5565b506103527f11f34e162161b66a8a964174d0e8391b1e310cec34f9e8bd8ad47ba6a6bee0a18261014001516103a560201b60201c565b507ff1375eb046c9b6abd812e251aa00382e010a91e1f4f9755a7eaaab3e7d453d70816101000151826101200151604051610397929190918252602082015260400190565b60405180910390a150610928565b5f82610401575f6103be6002546001600160a01b031690565b6001600160a01b0316146103e557604051631fe1e13d60e11b815260040160405180910390fd5b600280546001600160a01b0319166001600160a01b0384161790555b61040b8383610475565b90505b92915050565b7f9b779b17422d0df92223018b32b4d1fa46e071723d6817e2486d003becc55f0090565b5f5f829050601f81511115610462578260405163305a27a960e01b81526004016100bb91906108d0565b805161046d82610905565b179392505050565b5f828152602081815260408083206001600160a01b038516845290915281205460ff16610515575f838152602081815260408083206001600160a01b03861684529091529020805460ff191660011790556104cd3390565b6001600160a01b0316826001600160a01b0316847f2f8788117e7eff1d82e926ec794901d17c78024a50270940304540a733656f0d60405160405180910390a450600161040e565b505f61040e565b634e487b7160e01b5f52604160045260245ffd5b60405161018081016001600160401b03811182821017156105535761055361051c565b60405290565b80516001600160a01b038116811461056f575f5ffd5b919050565b80516001600160e81b03198116811461056f575f5ffd5b5f82601f83011261059a575f5ffd5b81516001600160401b038111156105b3576105b361051c565b604051601f8201601f19908116603f011681016001600160401b03811182821017156105e1576105e161051c565b6040528181528382016020018510156105f8575f5ffd5b8160208501602083015e5f918101602001919091529392505050565b80516001600160401b038116811461056f575f5ffd5b805165ffffffffffff8116811461056f575f5ffd5b5f6020828403121561064f575f5ffd5b81516001600160401b03811115610664575f5ffd5b82016101808185031215610676575f5ffd5b61067e610530565b61068782610559565b81526020828101519082015261069f60408301610574565b60408201526106b060608301610559565b60608201526106c160808301610559565b608082015260a08201516001600160401b038111156106de575f5ffd5b6106ea8682850161058b565b60a0830152506106fc60c08301610559565b60c082015261070d60e08301610614565b60e0820152610100828101519082015261012080830151908201526107356101408301610559565b610140820152610748610160830161062a565b610160820152949350505050565b5f82518060208501845e5f920191825250919050565b5f6020828403121561077c575f5ffd5b5051919050565b600181811c9082168061079757607f821691505b6020821081036107b557634e487b7160e01b5f52602260045260245ffd5b50919050565b601f82111561080d578282111561080d57805f5260205f20601f840160051c60208510156107e657505f5b90810190601f840160051c035f5b81811015610809575f838201556001016107f4565b5050505b505050565b81516001600160401b0381111561082b5761082b61051c565b61083f816108398454610783565b846107bb565b6020601f821160018114610871575f831561085a5750848201515b5f19600385901b1c1916600184901b1784556108c9565b5f84815260208120601f198516915b828110156108a05787850151825560209485019460019092019101610880565b50848210156108bd57868401515f19600387901b60f8161c191681555b505060018360011b0184555b5050505050565b602081525f82518060208401528060208501604085015e5f604082850101526040601f19601f83011684010191505092915050565b805160208083015191908110156107b5575f1960209190910360031b1b16919050565b60805160a05160c05160e05161010051610120516101405161016051610180516101a0516101c0516101e051610200516102205161024051613a4e610a395f395f81816105f4015261154c01525f818161066f0152818161128f015281816112ef015281816118a401526118d701525f818161049701528181610d2101526126db01525f818161041f01528181610cf901526126b301525f81816104d101528181610d4b015261270501525f818161076e015261171501525f81816107d90152611bc701525f818161081301528181610ba401528181610c610152611bfa01525f61200a01525f611fdf01525f612c6e01525f612c4601525f612ba101525f612bcb01525f612bf50152613a4e5ff3fe608060405234801561000f575f5ffd5b506004361061030f575f3560e01c806391d148541161019d578063cc8463c8116100e8578063d9dc869411610093578063f51e181a1161006e578063f51e181a146107d4578063f5321227146107fb578063fc0c546a1461080e575f5ffd5b8063d9dc869414610742578063e5a6b10f14610769578063e9c4164c146107c1575f5ffd5b8063d547741f116100c3578063d547741f14610708578063d602b9fd1461071b578063d9c7c14c14610723575f5ffd5b8063cc8463c8146106b9578063cefc1429146106c1578063cf6eefb7146106c9575f5ffd5b8063a1eda53c11610148578063b719d03211610123578063b719d0321461066a578063ba1cd4d214610691578063bf5fcfa9146106b0575f5ffd5b8063a1eda53c14610629578063a217fddf14610650578063add89bb214610657575f5ffd5b806396e984241161017857806396e98424146105aa5780639c94e6c6146105ef578063a0b5a6a114610616575f5ffd5b806391d1485414610556578063938b5f321461058c578063959cf2ac146105a1575f5ffd5b80635dab24201161025d5780637b1039991161020857806384ef8ffc116101e357806384ef8ffc146105165780638da5cb5b146105275780638fb27f321461052f575f5ffd5b80637b103999146104cc5780638456cb59146104f357806384b0196e146104fb575f5ffd5b8063649a5ec711610238578063649a5ec71461047f57806367a32810146104925780636ff968c3146104b9575f5ffd5b80635dab24201461041a5780636342661f14610459578063634e93da1461046c575f5ffd5b806336568abe116102bd578063597e1fb511610298578063597e1fb5146103da5780635ac687a8146104075780635c975abb1461040f575f5ffd5b806336568abe146103b75780633ec48a2e146103ca5780633f4ba83a146103d2575f5ffd5b80631916d1f5116102ed5780631916d1f514610361578063248a9ca3146103745780632f2ff15d146103a4575f5ffd5b806301ffc9a714610313578063022d63fb1461033b5780630aa6220b14610357575b5f5ffd5b6103266103213660046132fa565b610835565b60405190151581526020015b60405180910390f35b620697805b60405165ffffffffffff9091168152602001610332565b61035f610890565b005b61035f61036f366004613339565b6108a5565b610396610382366004613359565b5f9081526020819052604090206001015490565b604051908152602001610332565b61035f6103b2366004613384565b610917565b61035f6103c5366004613384565b61095c565b61035f610a4c565b61035f610cb7565b600c54610326907c0100000000000000000000000000000000000000000000000000000000900460ff1681565b61035f610cc9565b60035460ff16610326565b6104417f000000000000000000000000000000000000000000000000000000000000000081565b6040516001600160a01b039091168152602001610332565b6103966104673660046133c9565b610e5f565b61035f61047a3660046133e4565b610f6f565b61035f61048d3660046133ff565b610f82565b6103967f000000000000000000000000000000000000000000000000000000000000000081565b600c54610441906001600160a01b031681565b6104417f000000000000000000000000000000000000000000000000000000000000000081565b61035f610f95565b610503610fc7565b6040516103329796959493929190613470565b6002546001600160a01b0316610441565b610441611025565b6103967f11f34e162161b66a8a964174d0e8391b1e310cec34f9e8bd8ad47ba6a6bee0a181565b610326610564366004613384565b5f918252602082815260408084206001600160a01b0393909316845291905290205460ff1690565b61059461103d565b6040516103329190613522565b61039660085481565b600c546105d69074010000000000000000000000000000000000000000900467ffffffffffffffff1681565b60405167ffffffffffffffff9091168152602001610332565b6105d67f000000000000000000000000000000000000000000000000000000000000000081565b610396610624366004613544565b6110c9565b6106316111fc565b6040805165ffffffffffff938416815292909116602083015201610332565b6103965f81565b610326610665366004613359565b611276565b6104417f000000000000000000000000000000000000000000000000000000000000000081565b61039661069f36600461359d565b600a6020525f908152604090205481565b61039660075481565b610340611360565b61035f6113fd565b600154604080516001600160a01b03831681527401000000000000000000000000000000000000000090920465ffffffffffff16602083015201610332565b61035f610716366004613384565b61144c565b61035f61148d565b610396610731366004613359565b60096020525f908152604090205481565b6103967f539440820030c4994db4e31b6b800deafd503688728f932addfe7a410515c14c81565b6107907f000000000000000000000000000000000000000000000000000000000000000081565b6040517fffffff00000000000000000000000000000000000000000000000000000000009091168152602001610332565b61035f6107cf3660046133e4565b61149f565b6103967f000000000000000000000000000000000000000000000000000000000000000081565b61035f6108093660046135b8565b611629565b6104417f000000000000000000000000000000000000000000000000000000000000000081565b5f7fffffffff0000000000000000000000000000000000000000000000000000000082167f3149878600000000000000000000000000000000000000000000000000000000148061088a575061088a82611c4b565b92915050565b5f61089a81611ce1565b6108a2611ceb565b50565b7f11f34e162161b66a8a964174d0e8391b1e310cec34f9e8bd8ad47ba6a6bee0a16108cf81611ce1565b6008829055600783905560408051848152602081018490527ff1375eb046c9b6abd812e251aa00382e010a91e1f4f9755a7eaaab3e7d453d70910160405180910390a1505050565b8161094e576040517f3fc3c27a00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b6109588282611cf5565b5050565b8115801561097757506002546001600160a01b038281169116145b15610a42576001546001600160a01b0381169074010000000000000000000000000000000000000000900465ffffffffffff16811515806109be575065ffffffffffff8116155b806109d157504265ffffffffffff821610155b15610a17576040517f19ca5ebb00000000000000000000000000000000000000000000000000000000815265ffffffffffff821660048201526024015b60405180910390fd5b5050600180547fffffffffffff000000000000ffffffffffffffffffffffffffffffffffffffff1690555b6109588282611d1f565b610a54611d70565b5f610a5e81611ce1565b600c546001600160a01b0316610aa0576040517ff456040300000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b600c5474010000000000000000000000000000000000000000900467ffffffffffffffff16421015610b2557600c546040517fd606d83f0000000000000000000000000000000000000000000000000000000081527401000000000000000000000000000000000000000090910467ffffffffffffffff166004820152602401610a0e565b600c80547fffffff00ffffffffffffffffffffffffffffffffffffffffffffffffffffffff167c01000000000000000000000000000000000000000000000000000000001790556040517f70a082310000000000000000000000000000000000000000000000000000000081523060048201525f906001600160a01b037f000000000000000000000000000000000000000000000000000000000000000016906370a0823190602401602060405180830381865afa158015610be9573d5f5f3e3d5ffd5b505050506040513d601f19601f82011682018060405250810190610c0d91906135f0565b600c546040518281529192506001600160a01b0316907f5f8c326f855a74f7f47586fc81870663692268d15d98e8f20c0ab3847641a6e79060200160405180910390a2600c54610c8a906001600160a01b037f00000000000000000000000000000000000000000000000000000000000000008116911683611d9e565b5050610cb560017f9b779b17422d0df92223018b32b4d1fa46e071723d6817e2486d003becc55f0055565b565b5f610cc181611ce1565b6108a2611dec565b6040517fcc92a9ed0000000000000000000000000000000000000000000000000000000081526001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000811660048301527f000000000000000000000000000000000000000000000000000000000000000060248301525f9182917f0000000000000000000000000000000000000000000000000000000000000000169063cc92a9ed90604401608060405180830381865afa158015610d90573d5f5f3e3d5ffd5b505050506040513d601f19601f82011682018060405250810190610db49190613607565b5050915091508167ffffffffffffffff165f03610e06576040517f76dce6e70000000000000000000000000000000000000000000000000000000081525f600482018190526024820152604401610a0e565b67ffffffffffffffff82165f818152600a602052604090819020839055517f7b2854ff1d219b180b0419e158ce063b50bdad7adc7e53a1d39901158904bd4090610e539084815260200190565b60405180910390a25050565b5f61088a7fd6814913c692d5f126a25a1109c49f1ef44f449e3c0c791a90bf356474c36b68610e916020850185613661565b610ea160408601602087016133e4565b6040860135610eb66080880160608901613681565b608088013560a0890135610ed060e08b0160c08c0161359d565b60408051602081019990995260ff909716968801969096526001600160a01b03909416606087015260808601929092527fffffff00000000000000000000000000000000000000000000000000000000001660a085015260c084015260e08381019190915267ffffffffffffffff9091166101008301528401356101208201526101400160405160208183030381529060405280519060200120611e5c565b5f610f7981611ce1565b61095882611ea3565b5f610f8c81611ce1565b61095882611f0e565b7f539440820030c4994db4e31b6b800deafd503688728f932addfe7a410515c14c610fbf81611ce1565b6108a2611f7d565b5f6060805f5f5f6060610fd8611fd8565b610fe0612003565b604080515f808252602082019092527f0f000000000000000000000000000000000000000000000000000000000000009b939a50919850469750309650945092509050565b5f6110386002546001600160a01b031690565b905090565b6006805461104a906136ed565b80601f0160208091040260200160405190810160405280929190818152602001828054611076906136ed565b80156110c15780601f10611098576101008083540402835291602001916110c1565b820191905f5260205f20905b8154815290600101906020018083116110a457829003601f168201915b505050505081565b5f5f6110d48461202e565b90505f61110a826110e8602087018761359d565b6110f8604088016020890161359d565b6111056040890189613738565b6120bd565b90506111c06006805461111c906136ed565b80601f0160208091040260200160405190810160405280929190818152602001828054611148906136ed565b80156111935780601f1061116a57610100808354040283529160200191611193565b820191905f5260205f20905b81548152906001019060200180831161117657829003601f168201915b506111aa935050608089019150506060880161359d565b6111ba604088016020890161359d565b84612427565b91506111f3826111d6608087016060880161359d565b6111e660a088016080890161359d565b61110560a0890189613738565b95945050505050565b6002545f907a010000000000000000000000000000000000000000000000000000900465ffffffffffff16801515801561123e57504265ffffffffffff821610155b611249575f5f61126e565b60025474010000000000000000000000000000000000000000900465ffffffffffff16815b915091509091565b5f818152600b602052604081205460ff168061088a57507f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03161580159061088a57506040517fadd89bb2000000000000000000000000000000000000000000000000000000008152600481018390527f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03169063add89bb290602401602060405180830381865afa15801561133c573d5f5f3e3d5ffd5b505050506040513d601f19601f8201168201806040525081019061088a91906137a3565b6002545f907a010000000000000000000000000000000000000000000000000000900465ffffffffffff1680151580156113a157504265ffffffffffff8216105b6113d3576001547a010000000000000000000000000000000000000000000000000000900465ffffffffffff166113f7565b60025474010000000000000000000000000000000000000000900465ffffffffffff165b91505090565b6001546001600160a01b0316338114611444576040517fc22c8022000000000000000000000000000000000000000000000000000000008152336004820152602401610a0e565b6108a2612506565b81611483576040517f3fc3c27a00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b61095882826125dd565b5f61149781611ce1565b6108a2612601565b5f6114a981611ce1565b600c547c0100000000000000000000000000000000000000000000000000000000900460ff1615611506576040517fc674019500000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b6001600160a01b038216611546576040517ff456040300000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b816115717f0000000000000000000000000000000000000000000000000000000000000000426137ef565b600c80547fffffffff00000000000000000000000000000000000000000000000000000000167401000000000000000000000000000000000000000067ffffffffffffffff93841681027fffffffffffffffffffffffff000000000000000000000000000000000000000016919091176001600160a01b03948516179182905560405191049091168152908316907fc7ef53ed7011b1ef353848fbfb10a49880ddb747f2a700e060ba169c7482080690602001610e53565b611631611d70565b61163961260b565b600c547c0100000000000000000000000000000000000000000000000000000000900460ff1615611696576040517fc674019500000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b6116a36020830183613661565b60ff166001146116f2576116ba6020830183613661565b6040517ffebed7b100000000000000000000000000000000000000000000000000000000815260ff9091166004820152602401610a0e565b7fffffff00000000000000000000000000000000000000000000000000000000007f0000000000000000000000000000000000000000000000000000000000000000166117456080840160608501613681565b7fffffff000000000000000000000000000000000000000000000000000000000016146117d35761177c6080830160608401613681565b6040517f59345b840000000000000000000000000000000000000000000000000000000081527fffffff00000000000000000000000000000000000000000000000000000000009091166004820152602401610a0e565b5f6117e460408401602085016133e4565b6001600160a01b031614806117fb57506040820135155b15611832576040517ff456040300000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b61184260e0830160c0840161359d565b67ffffffffffffffff164210156118a25761186360e0830160c0840161359d565b6040517f01cd447600000000000000000000000000000000000000000000000000000000815267ffffffffffffffff9091166004820152602401610a0e565b7f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03161580159061195757507f00000000000000000000000000000000000000000000000000000000000000006001600160a01b031663597e1fb56040518163ffffffff1660e01b8152600401602060405180830381865afa158015611931573d5f5f3e3d5ffd5b505050506040513d601f19601f8201168201806040525081019061195591906137a3565b155b1561198e576040517f1c4bacff00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b61199b8260e00135611276565b156119d8576040517ff4b76a0e00000000000000000000000000000000000000000000000000000000815260e08301356004820152602401610a0e565b60075482604001351115611a2857600754604080517fb751e65500000000000000000000000000000000000000000000000000000000815260048101929092528301356024820152604401610a0e565b5f611a36620151804261380f565b6008545f82815260096020526040902054919250611a5391612648565b600854611a609190613847565b83604001351115611aad57600854604080517fb751e65500000000000000000000000000000000000000000000000000000000815260048101929092528401356024820152604401610a0e565b611ad7611ac060a084016080850161359d565b611ad2611acc86610e5f565b856110c9565b61265f565b60e08301355f908152600b6020908152604080832080547fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff001660011790558383526009909152808220805491860135929091611b3490849061385a565b90915550611b4a905060408401602085016133e4565b6001600160a01b031660e08401357f389b97122d59b366a133286b560f6982c6e6f70443628a1038c1de9e1772e5c56040860135611b8e60a087016080880161359d565b6040805192835267ffffffffffffffff90911660208301520160405180910390a3611c21611bc260408501602086016133e4565b611bf07f0000000000000000000000000000000000000000000000000000000000000000604087013561386d565b6001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000169190611d9e565b5061095860017f9b779b17422d0df92223018b32b4d1fa46e071723d6817e2486d003becc55f0055565b5f7fffffffff0000000000000000000000000000000000000000000000000000000082167f7965db0b00000000000000000000000000000000000000000000000000000000148061088a57507f01ffc9a7000000000000000000000000000000000000000000000000000000007fffffffff0000000000000000000000000000000000000000000000000000000083161461088a565b6108a281336127e1565b610cb55f5f61284c565b5f82815260208190526040902060010154611d0f81611ce1565b611d198383612998565b50505050565b6001600160a01b0381163314611d61576040517f6697b23200000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b611d6b8282612a2f565b505050565b611d78612a83565b60027f9b779b17422d0df92223018b32b4d1fa46e071723d6817e2486d003becc55f0055565b611dab8383836001612ade565b611d6b576040517f5274afe70000000000000000000000000000000000000000000000000000000081526001600160a01b0384166004820152602401610a0e565b611df4612b59565b600380547fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff001690557f5db9ee0a495bf2e6ff9c91a7834c1ba4fdd244a5e8aa4e537bd38aeae4b073aa335b6040516001600160a01b03909116815260200160405180910390a1565b5f61088a611e68612b95565b836040517f19010000000000000000000000000000000000000000000000000000000000008152600281019290925260228201526042902090565b5f611eac611360565b611eb542612cbe565b611ebf9190613884565b9050611ecb8282612d0d565b60405165ffffffffffff821681526001600160a01b038316907f3377dc44241e779dd06afab5b788a35ca5f3b778836e2990bdb26a2a4b2e5ed690602001610e53565b5f611f1882612d9b565b611f2142612cbe565b611f2b9190613884565b9050611f37828261284c565b6040805165ffffffffffff8085168252831660208201527ff1038c18cf84a56e432fdbfaf746924b7ea511dfe03a6506a0ceba4888788d9b910160405180910390a15050565b611f8561260b565b600380547fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff001660011790557f62e78cea01bee320cd4e420270b5ea74000d11b0c9f74754ebdbfc544b05a258611e3f3390565b60606110387f0000000000000000000000000000000000000000000000000000000000000000612de2565b60606110387f0000000000000000000000000000000000000000000000000000000000000000612de2565b6040515f602082018190526021820183905290600290604101604080517fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe08184030181529082905261207f916138b9565b602060405180830381855afa15801561209a573d5f5f3e3d5ffd5b5050506040513d601f19601f8201168201806040525081019061088a91906135f0565b5f8367ffffffffffffffff168567ffffffffffffffff161061210b576040517f64325c9100000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b5f6121176001866138c4565b87925090505f5b838110156123da578167ffffffffffffffff165f03612169576040517f64325c9100000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b6001808816148061218d57508167ffffffffffffffff168767ffffffffffffffff16145b156122c85760027f01000000000000000000000000000000000000000000000000000000000000008686848181106121c7576121c76138e4565b6040517fff0000000000000000000000000000000000000000000000000000000000000090941660208581019190915202919091013560218301525060418101859052606101604080517fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe081840301815290829052612245916138b9565b602060405180830381855afa158015612260573d5f5f3e3d5ffd5b5050506040513d601f19601f8201168201806040525081019061228391906135f0565b92505b600187161580156122a0575067ffffffffffffffff871615155b156122c357677fffffffffffffff600197881c8116979290921c90911690612286565b6123be565b60027f0100000000000000000000000000000000000000000000000000000000000000848787858181106122fe576122fe6138e4565b6040517fff000000000000000000000000000000000000000000000000000000000000009095166020868101919091526021860194909452929092020135604183015250606101604080517fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe08184030181529082905261237d916138b9565b602060405180830381855afa158015612398573d5f5f3e3d5ffd5b5050506040513d601f19601f820116820180604052508101906123bb91906135f0565b92505b677fffffffffffffff600197881c81169792831c16910161211e565b5067ffffffffffffffff81161561241d576040517f64325c9100000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b5095945050505050565b5f6002818661243f67ffffffffffffffff8816612e1f565b6124528767ffffffffffffffff16612e1f565b61247c8760405160200161246891815260200190565b604051602081830303815290604052612edb565b604051602001612490959493929190613911565b604080517fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0818403018152908290526124c8916138b9565b602060405180830381855afa1580156124e3573d5f5f3e3d5ffd5b5050506040513d601f19601f820116820180604052508101906111f391906135f0565b6001546001600160a01b0381169074010000000000000000000000000000000000000000900465ffffffffffff1680158061254957504265ffffffffffff821610155b1561258a576040517f19ca5ebb00000000000000000000000000000000000000000000000000000000815265ffffffffffff82166004820152602401610a0e565b6125a55f6125a06002546001600160a01b031690565b612a2f565b506125b05f83612998565b5050600180547fffffffffffff000000000000000000000000000000000000000000000000000016905550565b5f828152602081905260409020600101546125f781611ce1565b611d198383612a2f565b610cb55f5f612d0d565b60035460ff1615610cb5576040517fd93c066500000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b5f8183106126565781612658565b825b9392505050565b67ffffffffffffffff82165f908152600a6020526040902054819003612683575050565b6040517fcc92a9ed0000000000000000000000000000000000000000000000000000000081526001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000811660048301527f000000000000000000000000000000000000000000000000000000000000000060248301525f9182917f0000000000000000000000000000000000000000000000000000000000000000169063cc92a9ed90604401608060405180830381865afa15801561274a573d5f5f3e3d5ffd5b505050506040513d601f19601f8201168201806040525081019061276e9190613607565b5050915091508367ffffffffffffffff168267ffffffffffffffff161415806127975750828114155b15611d19576040517f76dce6e700000000000000000000000000000000000000000000000000000000815267ffffffffffffffff8516600482015260248101849052604401610a0e565b5f828152602081815260408083206001600160a01b038516845290915290205460ff16610958576040517fe2517d3f0000000000000000000000000000000000000000000000000000000081526001600160a01b038216600482015260248101839052604401610a0e565b6002547a010000000000000000000000000000000000000000000000000000900465ffffffffffff168015612920574265ffffffffffff821610156128f7576002546001805479ffffffffffffffffffffffffffffffffffffffffffffffffffff167401000000000000000000000000000000000000000090920465ffffffffffff167a01000000000000000000000000000000000000000000000000000002919091179055612920565b6040517f2b1fa2edafe6f7b9e97c1a9e0c3660e645beb2dcaa2d45bdbf9beaf5472e1ec5905f90a15b50600280546001600160a01b03167401000000000000000000000000000000000000000065ffffffffffff9485160279ffffffffffffffffffffffffffffffffffffffffffffffffffff16177a0100000000000000000000000000000000000000000000000000009290931691909102919091179055565b5f82612a25575f6129b16002546001600160a01b031690565b6001600160a01b0316146129f1576040517f3fc3c27a00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b600280547fffffffffffffffffffffffff0000000000000000000000000000000000000000166001600160a01b0384161790555b6126588383612ee7565b5f82158015612a4b57506002546001600160a01b038381169116145b15612a7957600280547fffffffffffffffffffffffff00000000000000000000000000000000000000001690555b6126588383612fac565b7f9b779b17422d0df92223018b32b4d1fa46e071723d6817e2486d003becc55f0054600203610cb5576040517f3ee5aeb500000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b6040517fa9059cbb000000000000000000000000000000000000000000000000000000005f8181526001600160a01b038616600452602485905291602083604481808b5af1925060015f51148316612b4d578383151615612b41573d5f823e3d81fd5b5f873b113d1516831692505b60405250949350505050565b60035460ff16610cb5576040517f8dfc202b00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b5f306001600160a01b037f000000000000000000000000000000000000000000000000000000000000000016148015612bed57507f000000000000000000000000000000000000000000000000000000000000000046145b15612c1757507f000000000000000000000000000000000000000000000000000000000000000090565b611038604080517f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f60208201527f0000000000000000000000000000000000000000000000000000000000000000918101919091527f000000000000000000000000000000000000000000000000000000000000000060608201524660808201523060a08201525f9060c00160405160208183030381529060405280519060200120905090565b5f65ffffffffffff821115612d09576040517f6dfcc6500000000000000000000000000000000000000000000000000000000081526030600482015260248101839052604401610a0e565b5090565b600180547401000000000000000000000000000000000000000065ffffffffffff84811682027fffffffffffff000000000000000000000000000000000000000000000000000084166001600160a01b03881617179093559004168015611d6b576040517f8886ebfc4259abdbc16601dd8fb5678e54878f47b3c34836cfc51154a9605109905f90a1505050565b5f5f612da5611360565b90508065ffffffffffff168365ffffffffffff1611612dcd57612dc88382613a30565b612658565b61265865ffffffffffff84166206978061304b565b60605f612dee8361305a565b6040805160208082528183019092529192505f91906020820181803683375050509182525060208101929092525090565b60605f612e2b8361309a565b60010190505f8167ffffffffffffffff811115612e4a57612e4a6136c0565b6040519080825280601f01601f191660200182016040528015612e74576020820181803683370190505b5090508181016020015b7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff017f3031323334353637383961626364656600000000000000000000000000000000600a86061a8153600a8504945084612e7e57509392505050565b606061088a825f61317b565b5f828152602081815260408083206001600160a01b038516845290915281205460ff16612fa5575f838152602081815260408083206001600160a01b0386168452909152902080547fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff00166001179055612f5d3390565b6001600160a01b0316826001600160a01b0316847f2f8788117e7eff1d82e926ec794901d17c78024a50270940304540a733656f0d60405160405180910390a450600161088a565b505f61088a565b5f828152602081815260408083206001600160a01b038516845290915281205460ff1615612fa5575f838152602081815260408083206001600160a01b038616808552925280832080547fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff0016905551339286917ff6391f5c32d9c69d2a47ea670b442974b53935d1edc7fd64eb21e047a839171b9190a450600161088a565b5f828218828410028218612658565b5f60ff8216601f81111561088a576040517fb3512b0c00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b5f807a184f03e93ff9f4daa797ed6e38ed64bf6a1f01000000000000000083106130e2577a184f03e93ff9f4daa797ed6e38ed64bf6a1f010000000000000000830492506040015b6d04ee2d6d415b85acef8100000000831061310e576d04ee2d6d415b85acef8100000000830492506020015b662386f26fc10000831061312c57662386f26fc10000830492506010015b6305f5e1008310613144576305f5e100830492506008015b612710831061315857612710830492506004015b6064831061316a576064830492506002015b600a831061088a5760010192915050565b606082515f03613199575060408051602081019091525f815261088a565b5f826131c9576003845160026131af919061385a565b6131b9919061380f565b6131c490600461386d565b6131ee565b6003845160046131d9919061386d565b6131e490600261385a565b6131ee919061380f565b905060405191507f4142434445464748494a4b4c4d4e4f505152535455565758595a616263646566601f5261067083027f6768696a6b6c6d6e6f707172737475767778797a303132333435363738392b2f18603f526020820181810185865187016020810180515f82525b828410156132ac576003840193508351603f8160121c16518753600187019650603f81600c1c16518753600187019650603f8160061c16518753600187019650603f811651875350600186019550613259565b9052508590506132ed576003865106600181146132d057600281146132e3576132eb565b603d6001840353603d60028403536132eb565b603d60018403535b505b9183525060405292915050565b5f6020828403121561330a575f5ffd5b81357fffffffff0000000000000000000000000000000000000000000000000000000081168114612658575f5ffd5b5f5f6040838503121561334a575f5ffd5b50508035926020909101359150565b5f60208284031215613369575f5ffd5b5035919050565b6001600160a01b03811681146108a2575f5ffd5b5f5f60408385031215613395575f5ffd5b8235915060208301356133a781613370565b809150509250929050565b5f61010082840312156133c3575f5ffd5b50919050565b5f61010082840312156133da575f5ffd5b61265883836133b2565b5f602082840312156133f4575f5ffd5b813561265881613370565b5f6020828403121561340f575f5ffd5b813565ffffffffffff81168114612658575f5ffd5b5f81518084528060208401602086015e5f6020828601015260207fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0601f83011685010191505092915050565b7fff000000000000000000000000000000000000000000000000000000000000008816815260e060208201525f6134aa60e0830189613424565b82810360408401526134bc8189613424565b606084018890526001600160a01b038716608085015260a0840186905283810360c0850152845180825260208087019350909101905f5b818110156135115783518352602093840193909201916001016134f3565b50909b9a5050505050505050505050565b602081525f6126586020830184613424565b5f60c082840312156133c3575f5ffd5b5f5f60408385031215613555575f5ffd5b82359150602083013567ffffffffffffffff811115613572575f5ffd5b61357e85828601613534565b9150509250929050565b67ffffffffffffffff811681146108a2575f5ffd5b5f602082840312156135ad575f5ffd5b813561265881613588565b5f5f61012083850312156135ca575f5ffd5b6135d484846133b2565b915061010083013567ffffffffffffffff811115613572575f5ffd5b5f60208284031215613600575f5ffd5b5051919050565b5f5f5f5f6080858703121561361a575f5ffd5b845161362581613588565b60208601516040870151919550935063ffffffff81168114613645575f5ffd5b606086015190925061365681613370565b939692955090935050565b5f60208284031215613671575f5ffd5b813560ff81168114612658575f5ffd5b5f60208284031215613691575f5ffd5b81357fffffff000000000000000000000000000000000000000000000000000000000081168114612658575f5ffd5b7f4e487b71000000000000000000000000000000000000000000000000000000005f52604160045260245ffd5b600181811c9082168061370157607f821691505b6020821081036133c3577f4e487b71000000000000000000000000000000000000000000000000000000005f52602260045260245ffd5b5f5f83357fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe184360301811261376b575f5ffd5b83018035915067ffffffffffffffff821115613785575f5ffd5b6020019150600581901b360382131561379c575f5ffd5b9250929050565b5f602082840312156137b3575f5ffd5b81518015158114612658575f5ffd5b7f4e487b71000000000000000000000000000000000000000000000000000000005f52601160045260245ffd5b67ffffffffffffffff818116838216019081111561088a5761088a6137c2565b5f82613842577f4e487b71000000000000000000000000000000000000000000000000000000005f52601260045260245ffd5b500490565b8181038181111561088a5761088a6137c2565b8082018082111561088a5761088a6137c2565b808202811582820484141761088a5761088a6137c2565b65ffffffffffff818116838216019081111561088a5761088a6137c2565b5f81518060208401855e5f93019283525090919050565b5f61265882846138a2565b67ffffffffffffffff828116828216039081111561088a5761088a6137c2565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52603260045260245ffd5b7fff00000000000000000000000000000000000000000000000000000000000000861681527f74616c6c79737469636b2f62617463682f76310a00000000000000000000000060018201525f61396a60158301876138a2565b7f0a00000000000000000000000000000000000000000000000000000000000000815261399a60018201876138a2565b90507f0a0000000000000000000000000000000000000000000000000000000000000081526139cc60018201866138a2565b90507f0a0000000000000000000000000000000000000000000000000000000000000081526139fe60018201856138a2565b7f0a00000000000000000000000000000000000000000000000000000000000000815260010198975050505050505050565b65ffffffffffff828116828216039081111561088a5761088a6137c256",
}

// ClaimSettlement is an auto generated Go binding around an Ethereum contract.
type ClaimSettlement struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *ClaimSettlement) GetABI() abi.ABI {
	return c.abi
}

// NewClaimSettlement creates a new instance of ClaimSettlement.
func NewClaimSettlement() *ClaimSettlement {
	parsed, err := ClaimSettlementMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &ClaimSettlement{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *ClaimSettlement) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackConstructor is the Go binding used to pack the parameters required for
// contract deployment.
//
// Solidity: constructor((address,uint256,bytes3,address,address,string,address,uint64,uint256,uint256,address,uint48) s) returns()
func (claimSettlement *ClaimSettlement) PackConstructor(s ClaimSettlementSetup) []byte {
	enc, err := claimSettlement.abi.Pack("", s)
	if err != nil {
		panic(err)
	}
	return enc
}

// PackDEFAULTADMINROLE is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa217fddf.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function DEFAULT_ADMIN_ROLE() view returns(bytes32)
func (claimSettlement *ClaimSettlement) PackDEFAULTADMINROLE() []byte {
	enc, err := claimSettlement.abi.Pack("DEFAULT_ADMIN_ROLE")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDEFAULTADMINROLE is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa217fddf.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function DEFAULT_ADMIN_ROLE() view returns(bytes32)
func (claimSettlement *ClaimSettlement) TryPackDEFAULTADMINROLE() ([]byte, error) {
	return claimSettlement.abi.Pack("DEFAULT_ADMIN_ROLE")
}

// UnpackDEFAULTADMINROLE is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xa217fddf.
//
// Solidity: function DEFAULT_ADMIN_ROLE() view returns(bytes32)
func (claimSettlement *ClaimSettlement) UnpackDEFAULTADMINROLE(data []byte) ([32]byte, error) {
	out, err := claimSettlement.abi.Unpack("DEFAULT_ADMIN_ROLE", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackLIMITER is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8fb27f32.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function LIMITER() view returns(bytes32)
func (claimSettlement *ClaimSettlement) PackLIMITER() []byte {
	enc, err := claimSettlement.abi.Pack("LIMITER")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackLIMITER is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8fb27f32.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function LIMITER() view returns(bytes32)
func (claimSettlement *ClaimSettlement) TryPackLIMITER() ([]byte, error) {
	return claimSettlement.abi.Pack("LIMITER")
}

// UnpackLIMITER is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x8fb27f32.
//
// Solidity: function LIMITER() view returns(bytes32)
func (claimSettlement *ClaimSettlement) UnpackLIMITER(data []byte) ([32]byte, error) {
	out, err := claimSettlement.abi.Unpack("LIMITER", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackPAUSER is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd9dc8694.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function PAUSER() view returns(bytes32)
func (claimSettlement *ClaimSettlement) PackPAUSER() []byte {
	enc, err := claimSettlement.abi.Pack("PAUSER")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPAUSER is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd9dc8694.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function PAUSER() view returns(bytes32)
func (claimSettlement *ClaimSettlement) TryPackPAUSER() ([]byte, error) {
	return claimSettlement.abi.Pack("PAUSER")
}

// UnpackPAUSER is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xd9dc8694.
//
// Solidity: function PAUSER() view returns(bytes32)
func (claimSettlement *ClaimSettlement) UnpackPAUSER(data []byte) ([32]byte, error) {
	out, err := claimSettlement.abi.Unpack("PAUSER", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackAcceptDefaultAdminTransfer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xcefc1429.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function acceptDefaultAdminTransfer() returns()
func (claimSettlement *ClaimSettlement) PackAcceptDefaultAdminTransfer() []byte {
	enc, err := claimSettlement.abi.Pack("acceptDefaultAdminTransfer")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAcceptDefaultAdminTransfer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xcefc1429.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function acceptDefaultAdminTransfer() returns()
func (claimSettlement *ClaimSettlement) TryPackAcceptDefaultAdminTransfer() ([]byte, error) {
	return claimSettlement.abi.Pack("acceptDefaultAdminTransfer")
}

// PackAccount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5dab2420.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function account() view returns(address)
func (claimSettlement *ClaimSettlement) PackAccount() []byte {
	enc, err := claimSettlement.abi.Pack("account")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAccount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5dab2420.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function account() view returns(address)
func (claimSettlement *ClaimSettlement) TryPackAccount() ([]byte, error) {
	return claimSettlement.abi.Pack("account")
}

// UnpackAccount is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x5dab2420.
//
// Solidity: function account() view returns(address)
func (claimSettlement *ClaimSettlement) UnpackAccount(data []byte) (common.Address, error) {
	out, err := claimSettlement.abi.Unpack("account", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackAnnounceMove is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe9c4164c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function announceMove(address to) returns()
func (claimSettlement *ClaimSettlement) PackAnnounceMove(to common.Address) []byte {
	enc, err := claimSettlement.abi.Pack("announceMove", to)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAnnounceMove is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe9c4164c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function announceMove(address to) returns()
func (claimSettlement *ClaimSettlement) TryPackAnnounceMove(to common.Address) ([]byte, error) {
	return claimSettlement.abi.Pack("announceMove", to)
}

// PackBeginDefaultAdminTransfer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x634e93da.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function beginDefaultAdminTransfer(address newAdmin) returns()
func (claimSettlement *ClaimSettlement) PackBeginDefaultAdminTransfer(newAdmin common.Address) []byte {
	enc, err := claimSettlement.abi.Pack("beginDefaultAdminTransfer", newAdmin)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackBeginDefaultAdminTransfer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x634e93da.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function beginDefaultAdminTransfer(address newAdmin) returns()
func (claimSettlement *ClaimSettlement) TryPackBeginDefaultAdminTransfer(newAdmin common.Address) ([]byte, error) {
	return claimSettlement.abi.Pack("beginDefaultAdminTransfer", newAdmin)
}

// PackCancelDefaultAdminTransfer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd602b9fd.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function cancelDefaultAdminTransfer() returns()
func (claimSettlement *ClaimSettlement) PackCancelDefaultAdminTransfer() []byte {
	enc, err := claimSettlement.abi.Pack("cancelDefaultAdminTransfer")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCancelDefaultAdminTransfer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd602b9fd.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function cancelDefaultAdminTransfer() returns()
func (claimSettlement *ClaimSettlement) TryPackCancelDefaultAdminTransfer() ([]byte, error) {
	return claimSettlement.abi.Pack("cancelDefaultAdminTransfer")
}

// PackChangeDefaultAdminDelay is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x649a5ec7.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function changeDefaultAdminDelay(uint48 newDelay) returns()
func (claimSettlement *ClaimSettlement) PackChangeDefaultAdminDelay(newDelay *big.Int) []byte {
	enc, err := claimSettlement.abi.Pack("changeDefaultAdminDelay", newDelay)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackChangeDefaultAdminDelay is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x649a5ec7.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function changeDefaultAdminDelay(uint48 newDelay) returns()
func (claimSettlement *ClaimSettlement) TryPackChangeDefaultAdminDelay(newDelay *big.Int) ([]byte, error) {
	return claimSettlement.abi.Pack("changeDefaultAdminDelay", newDelay)
}

// PackClosed is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x597e1fb5.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function closed() view returns(bool)
func (claimSettlement *ClaimSettlement) PackClosed() []byte {
	enc, err := claimSettlement.abi.Pack("closed")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackClosed is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x597e1fb5.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function closed() view returns(bool)
func (claimSettlement *ClaimSettlement) TryPackClosed() ([]byte, error) {
	return claimSettlement.abi.Pack("closed")
}

// UnpackClosed is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x597e1fb5.
//
// Solidity: function closed() view returns(bool)
func (claimSettlement *ClaimSettlement) UnpackClosed(data []byte) (bool, error) {
	out, err := claimSettlement.abi.Unpack("closed", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackCommitmentOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6342661f.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function commitmentOf((uint8,address,uint256,bytes3,bytes32,bytes32,uint64,bytes32) s) view returns(bytes32)
func (claimSettlement *ClaimSettlement) PackCommitmentOf(s ClaimSettlementSettlement) []byte {
	enc, err := claimSettlement.abi.Pack("commitmentOf", s)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCommitmentOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6342661f.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function commitmentOf((uint8,address,uint256,bytes3,bytes32,bytes32,uint64,bytes32) s) view returns(bytes32)
func (claimSettlement *ClaimSettlement) TryPackCommitmentOf(s ClaimSettlementSettlement) ([]byte, error) {
	return claimSettlement.abi.Pack("commitmentOf", s)
}

// UnpackCommitmentOf is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x6342661f.
//
// Solidity: function commitmentOf((uint8,address,uint256,bytes3,bytes32,bytes32,uint64,bytes32) s) view returns(bytes32)
func (claimSettlement *ClaimSettlement) UnpackCommitmentOf(data []byte) ([32]byte, error) {
	out, err := claimSettlement.abi.Unpack("commitmentOf", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackCurrency is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe5a6b10f.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function currency() view returns(bytes3)
func (claimSettlement *ClaimSettlement) PackCurrency() []byte {
	enc, err := claimSettlement.abi.Pack("currency")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCurrency is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe5a6b10f.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function currency() view returns(bytes3)
func (claimSettlement *ClaimSettlement) TryPackCurrency() ([]byte, error) {
	return claimSettlement.abi.Pack("currency")
}

// UnpackCurrency is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xe5a6b10f.
//
// Solidity: function currency() view returns(bytes3)
func (claimSettlement *ClaimSettlement) UnpackCurrency(data []byte) ([3]byte, error) {
	out, err := claimSettlement.abi.Unpack("currency", data)
	if err != nil {
		return *new([3]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([3]byte)).(*[3]byte)
	return out0, nil
}

// PackDefaultAdmin is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x84ef8ffc.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function defaultAdmin() view returns(address)
func (claimSettlement *ClaimSettlement) PackDefaultAdmin() []byte {
	enc, err := claimSettlement.abi.Pack("defaultAdmin")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDefaultAdmin is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x84ef8ffc.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function defaultAdmin() view returns(address)
func (claimSettlement *ClaimSettlement) TryPackDefaultAdmin() ([]byte, error) {
	return claimSettlement.abi.Pack("defaultAdmin")
}

// UnpackDefaultAdmin is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x84ef8ffc.
//
// Solidity: function defaultAdmin() view returns(address)
func (claimSettlement *ClaimSettlement) UnpackDefaultAdmin(data []byte) (common.Address, error) {
	out, err := claimSettlement.abi.Unpack("defaultAdmin", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackDefaultAdminDelay is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xcc8463c8.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function defaultAdminDelay() view returns(uint48)
func (claimSettlement *ClaimSettlement) PackDefaultAdminDelay() []byte {
	enc, err := claimSettlement.abi.Pack("defaultAdminDelay")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDefaultAdminDelay is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xcc8463c8.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function defaultAdminDelay() view returns(uint48)
func (claimSettlement *ClaimSettlement) TryPackDefaultAdminDelay() ([]byte, error) {
	return claimSettlement.abi.Pack("defaultAdminDelay")
}

// UnpackDefaultAdminDelay is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xcc8463c8.
//
// Solidity: function defaultAdminDelay() view returns(uint48)
func (claimSettlement *ClaimSettlement) UnpackDefaultAdminDelay(data []byte) (*big.Int, error) {
	out, err := claimSettlement.abi.Unpack("defaultAdminDelay", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackDefaultAdminDelayIncreaseWait is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x022d63fb.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function defaultAdminDelayIncreaseWait() view returns(uint48)
func (claimSettlement *ClaimSettlement) PackDefaultAdminDelayIncreaseWait() []byte {
	enc, err := claimSettlement.abi.Pack("defaultAdminDelayIncreaseWait")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDefaultAdminDelayIncreaseWait is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x022d63fb.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function defaultAdminDelayIncreaseWait() view returns(uint48)
func (claimSettlement *ClaimSettlement) TryPackDefaultAdminDelayIncreaseWait() ([]byte, error) {
	return claimSettlement.abi.Pack("defaultAdminDelayIncreaseWait")
}

// UnpackDefaultAdminDelayIncreaseWait is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x022d63fb.
//
// Solidity: function defaultAdminDelayIncreaseWait() view returns(uint48)
func (claimSettlement *ClaimSettlement) UnpackDefaultAdminDelayIncreaseWait(data []byte) (*big.Int, error) {
	out, err := claimSettlement.abi.Unpack("defaultAdminDelayIncreaseWait", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackEip712Domain is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x84b0196e.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function eip712Domain() view returns(bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)
func (claimSettlement *ClaimSettlement) PackEip712Domain() []byte {
	enc, err := claimSettlement.abi.Pack("eip712Domain")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackEip712Domain is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x84b0196e.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function eip712Domain() view returns(bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)
func (claimSettlement *ClaimSettlement) TryPackEip712Domain() ([]byte, error) {
	return claimSettlement.abi.Pack("eip712Domain")
}

// Eip712DomainOutput serves as a container for the return parameters of contract
// method Eip712Domain.
type Eip712DomainOutput struct {
	Fields            [1]byte
	Name              string
	Version           string
	ChainId           *big.Int
	VerifyingContract common.Address
	Salt              [32]byte
	Extensions        []*big.Int
}

// UnpackEip712Domain is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x84b0196e.
//
// Solidity: function eip712Domain() view returns(bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)
func (claimSettlement *ClaimSettlement) UnpackEip712Domain(data []byte) (Eip712DomainOutput, error) {
	out, err := claimSettlement.abi.Unpack("eip712Domain", data)
	outstruct := new(Eip712DomainOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Fields = *abi.ConvertType(out[0], new([1]byte)).(*[1]byte)
	outstruct.Name = *abi.ConvertType(out[1], new(string)).(*string)
	outstruct.Version = *abi.ConvertType(out[2], new(string)).(*string)
	outstruct.ChainId = abi.ConvertType(out[3], new(big.Int)).(*big.Int)
	outstruct.VerifyingContract = *abi.ConvertType(out[4], new(common.Address)).(*common.Address)
	outstruct.Salt = *abi.ConvertType(out[5], new([32]byte)).(*[32]byte)
	outstruct.Extensions = *abi.ConvertType(out[6], new([]*big.Int)).(*[]*big.Int)
	return *outstruct, nil
}

// PackGetRoleAdmin is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x248a9ca3.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getRoleAdmin(bytes32 role) view returns(bytes32)
func (claimSettlement *ClaimSettlement) PackGetRoleAdmin(role [32]byte) []byte {
	enc, err := claimSettlement.abi.Pack("getRoleAdmin", role)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGetRoleAdmin is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x248a9ca3.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function getRoleAdmin(bytes32 role) view returns(bytes32)
func (claimSettlement *ClaimSettlement) TryPackGetRoleAdmin(role [32]byte) ([]byte, error) {
	return claimSettlement.abi.Pack("getRoleAdmin", role)
}

// UnpackGetRoleAdmin is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x248a9ca3.
//
// Solidity: function getRoleAdmin(bytes32 role) view returns(bytes32)
func (claimSettlement *ClaimSettlement) UnpackGetRoleAdmin(data []byte) ([32]byte, error) {
	out, err := claimSettlement.abi.Unpack("getRoleAdmin", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackGrantRole is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x2f2ff15d.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function grantRole(bytes32 role, address account) returns()
func (claimSettlement *ClaimSettlement) PackGrantRole(role [32]byte, account common.Address) []byte {
	enc, err := claimSettlement.abi.Pack("grantRole", role, account)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGrantRole is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x2f2ff15d.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function grantRole(bytes32 role, address account) returns()
func (claimSettlement *ClaimSettlement) TryPackGrantRole(role [32]byte, account common.Address) ([]byte, error) {
	return claimSettlement.abi.Pack("grantRole", role, account)
}

// PackHasRole is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x91d14854.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function hasRole(bytes32 role, address account) view returns(bool)
func (claimSettlement *ClaimSettlement) PackHasRole(role [32]byte, account common.Address) []byte {
	enc, err := claimSettlement.abi.Pack("hasRole", role, account)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackHasRole is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x91d14854.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function hasRole(bytes32 role, address account) view returns(bool)
func (claimSettlement *ClaimSettlement) TryPackHasRole(role [32]byte, account common.Address) ([]byte, error) {
	return claimSettlement.abi.Pack("hasRole", role, account)
}

// UnpackHasRole is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x91d14854.
//
// Solidity: function hasRole(bytes32 role, address account) view returns(bool)
func (claimSettlement *ClaimSettlement) UnpackHasRole(data []byte) (bool, error) {
	out, err := claimSettlement.abi.Unpack("hasRole", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackLimit is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1916d1f5.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function limit(uint256 perPayment_, uint256 perDay_) returns()
func (claimSettlement *ClaimSettlement) PackLimit(perPayment *big.Int, perDay *big.Int) []byte {
	enc, err := claimSettlement.abi.Pack("limit", perPayment, perDay)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackLimit is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1916d1f5.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function limit(uint256 perPayment_, uint256 perDay_) returns()
func (claimSettlement *ClaimSettlement) TryPackLimit(perPayment *big.Int, perDay *big.Int) ([]byte, error) {
	return claimSettlement.abi.Pack("limit", perPayment, perDay)
}

// PackMove is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3ec48a2e.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function move() returns()
func (claimSettlement *ClaimSettlement) PackMove() []byte {
	enc, err := claimSettlement.abi.Pack("move")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMove is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3ec48a2e.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function move() returns()
func (claimSettlement *ClaimSettlement) TryPackMove() ([]byte, error) {
	return claimSettlement.abi.Pack("move")
}

// PackMoveNotBefore is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x96e98424.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function moveNotBefore() view returns(uint64)
func (claimSettlement *ClaimSettlement) PackMoveNotBefore() []byte {
	enc, err := claimSettlement.abi.Pack("moveNotBefore")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMoveNotBefore is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x96e98424.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function moveNotBefore() view returns(uint64)
func (claimSettlement *ClaimSettlement) TryPackMoveNotBefore() ([]byte, error) {
	return claimSettlement.abi.Pack("moveNotBefore")
}

// UnpackMoveNotBefore is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x96e98424.
//
// Solidity: function moveNotBefore() view returns(uint64)
func (claimSettlement *ClaimSettlement) UnpackMoveNotBefore(data []byte) (uint64, error) {
	out, err := claimSettlement.abi.Unpack("moveNotBefore", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackNotice is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9c94e6c6.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function notice() view returns(uint64)
func (claimSettlement *ClaimSettlement) PackNotice() []byte {
	enc, err := claimSettlement.abi.Pack("notice")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackNotice is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9c94e6c6.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function notice() view returns(uint64)
func (claimSettlement *ClaimSettlement) TryPackNotice() ([]byte, error) {
	return claimSettlement.abi.Pack("notice")
}

// UnpackNotice is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x9c94e6c6.
//
// Solidity: function notice() view returns(uint64)
func (claimSettlement *ClaimSettlement) UnpackNotice(data []byte) (uint64, error) {
	out, err := claimSettlement.abi.Unpack("notice", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackOrigin is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x938b5f32.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function origin() view returns(string)
func (claimSettlement *ClaimSettlement) PackOrigin() []byte {
	enc, err := claimSettlement.abi.Pack("origin")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackOrigin is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x938b5f32.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function origin() view returns(string)
func (claimSettlement *ClaimSettlement) TryPackOrigin() ([]byte, error) {
	return claimSettlement.abi.Pack("origin")
}

// UnpackOrigin is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x938b5f32.
//
// Solidity: function origin() view returns(string)
func (claimSettlement *ClaimSettlement) UnpackOrigin(data []byte) (string, error) {
	out, err := claimSettlement.abi.Unpack("origin", data)
	if err != nil {
		return *new(string), err
	}
	out0 := *abi.ConvertType(out[0], new(string)).(*string)
	return out0, nil
}

// PackOriginHash is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x67a32810.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function originHash() view returns(bytes32)
func (claimSettlement *ClaimSettlement) PackOriginHash() []byte {
	enc, err := claimSettlement.abi.Pack("originHash")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackOriginHash is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x67a32810.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function originHash() view returns(bytes32)
func (claimSettlement *ClaimSettlement) TryPackOriginHash() ([]byte, error) {
	return claimSettlement.abi.Pack("originHash")
}

// UnpackOriginHash is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x67a32810.
//
// Solidity: function originHash() view returns(bytes32)
func (claimSettlement *ClaimSettlement) UnpackOriginHash(data []byte) ([32]byte, error) {
	out, err := claimSettlement.abi.Unpack("originHash", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackOwner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8da5cb5b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function owner() view returns(address)
func (claimSettlement *ClaimSettlement) PackOwner() []byte {
	enc, err := claimSettlement.abi.Pack("owner")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackOwner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8da5cb5b.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function owner() view returns(address)
func (claimSettlement *ClaimSettlement) TryPackOwner() ([]byte, error) {
	return claimSettlement.abi.Pack("owner")
}

// UnpackOwner is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x8da5cb5b.
//
// Solidity: function owner() view returns(address)
func (claimSettlement *ClaimSettlement) UnpackOwner(data []byte) (common.Address, error) {
	out, err := claimSettlement.abi.Unpack("owner", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackPaid is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xadd89bb2.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function paid(bytes32 nullifier) view returns(bool)
func (claimSettlement *ClaimSettlement) PackPaid(nullifier [32]byte) []byte {
	enc, err := claimSettlement.abi.Pack("paid", nullifier)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPaid is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xadd89bb2.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function paid(bytes32 nullifier) view returns(bool)
func (claimSettlement *ClaimSettlement) TryPackPaid(nullifier [32]byte) ([]byte, error) {
	return claimSettlement.abi.Pack("paid", nullifier)
}

// UnpackPaid is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xadd89bb2.
//
// Solidity: function paid(bytes32 nullifier) view returns(bool)
func (claimSettlement *ClaimSettlement) UnpackPaid(data []byte) (bool, error) {
	out, err := claimSettlement.abi.Unpack("paid", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackPaidOn is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd9c7c14c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function paidOn(uint256 day) view returns(uint256)
func (claimSettlement *ClaimSettlement) PackPaidOn(day *big.Int) []byte {
	enc, err := claimSettlement.abi.Pack("paidOn", day)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPaidOn is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd9c7c14c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function paidOn(uint256 day) view returns(uint256)
func (claimSettlement *ClaimSettlement) TryPackPaidOn(day *big.Int) ([]byte, error) {
	return claimSettlement.abi.Pack("paidOn", day)
}

// UnpackPaidOn is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xd9c7c14c.
//
// Solidity: function paidOn(uint256 day) view returns(uint256)
func (claimSettlement *ClaimSettlement) UnpackPaidOn(data []byte) (*big.Int, error) {
	out, err := claimSettlement.abi.Unpack("paidOn", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackPause is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8456cb59.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function pause() returns()
func (claimSettlement *ClaimSettlement) PackPause() []byte {
	enc, err := claimSettlement.abi.Pack("pause")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPause is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8456cb59.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function pause() returns()
func (claimSettlement *ClaimSettlement) TryPackPause() ([]byte, error) {
	return claimSettlement.abi.Pack("pause")
}

// PackPaused is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5c975abb.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function paused() view returns(bool)
func (claimSettlement *ClaimSettlement) PackPaused() []byte {
	enc, err := claimSettlement.abi.Pack("paused")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPaused is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5c975abb.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function paused() view returns(bool)
func (claimSettlement *ClaimSettlement) TryPackPaused() ([]byte, error) {
	return claimSettlement.abi.Pack("paused")
}

// UnpackPaused is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x5c975abb.
//
// Solidity: function paused() view returns(bool)
func (claimSettlement *ClaimSettlement) UnpackPaused(data []byte) (bool, error) {
	out, err := claimSettlement.abi.Unpack("paused", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackPay is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf5321227.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function pay((uint8,address,uint256,bytes3,bytes32,bytes32,uint64,bytes32) s, (uint64,uint64,bytes32[],uint64,uint64,bytes32[]) p) returns()
func (claimSettlement *ClaimSettlement) PackPay(s ClaimSettlementSettlement, p ClaimSettlementProof) []byte {
	enc, err := claimSettlement.abi.Pack("pay", s, p)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPay is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf5321227.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function pay((uint8,address,uint256,bytes3,bytes32,bytes32,uint64,bytes32) s, (uint64,uint64,bytes32[],uint64,uint64,bytes32[]) p) returns()
func (claimSettlement *ClaimSettlement) TryPackPay(s ClaimSettlementSettlement, p ClaimSettlementProof) ([]byte, error) {
	return claimSettlement.abi.Pack("pay", s, p)
}

// PackPendingDefaultAdmin is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xcf6eefb7.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function pendingDefaultAdmin() view returns(address newAdmin, uint48 schedule)
func (claimSettlement *ClaimSettlement) PackPendingDefaultAdmin() []byte {
	enc, err := claimSettlement.abi.Pack("pendingDefaultAdmin")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPendingDefaultAdmin is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xcf6eefb7.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function pendingDefaultAdmin() view returns(address newAdmin, uint48 schedule)
func (claimSettlement *ClaimSettlement) TryPackPendingDefaultAdmin() ([]byte, error) {
	return claimSettlement.abi.Pack("pendingDefaultAdmin")
}

// PendingDefaultAdminOutput serves as a container for the return parameters of contract
// method PendingDefaultAdmin.
type PendingDefaultAdminOutput struct {
	NewAdmin common.Address
	Schedule *big.Int
}

// UnpackPendingDefaultAdmin is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xcf6eefb7.
//
// Solidity: function pendingDefaultAdmin() view returns(address newAdmin, uint48 schedule)
func (claimSettlement *ClaimSettlement) UnpackPendingDefaultAdmin(data []byte) (PendingDefaultAdminOutput, error) {
	out, err := claimSettlement.abi.Unpack("pendingDefaultAdmin", data)
	outstruct := new(PendingDefaultAdminOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.NewAdmin = *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	outstruct.Schedule = abi.ConvertType(out[1], new(big.Int)).(*big.Int)
	return *outstruct, nil
}

// PackPendingDefaultAdminDelay is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa1eda53c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function pendingDefaultAdminDelay() view returns(uint48 newDelay, uint48 schedule)
func (claimSettlement *ClaimSettlement) PackPendingDefaultAdminDelay() []byte {
	enc, err := claimSettlement.abi.Pack("pendingDefaultAdminDelay")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPendingDefaultAdminDelay is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa1eda53c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function pendingDefaultAdminDelay() view returns(uint48 newDelay, uint48 schedule)
func (claimSettlement *ClaimSettlement) TryPackPendingDefaultAdminDelay() ([]byte, error) {
	return claimSettlement.abi.Pack("pendingDefaultAdminDelay")
}

// PendingDefaultAdminDelayOutput serves as a container for the return parameters of contract
// method PendingDefaultAdminDelay.
type PendingDefaultAdminDelayOutput struct {
	NewDelay *big.Int
	Schedule *big.Int
}

// UnpackPendingDefaultAdminDelay is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xa1eda53c.
//
// Solidity: function pendingDefaultAdminDelay() view returns(uint48 newDelay, uint48 schedule)
func (claimSettlement *ClaimSettlement) UnpackPendingDefaultAdminDelay(data []byte) (PendingDefaultAdminDelayOutput, error) {
	out, err := claimSettlement.abi.Unpack("pendingDefaultAdminDelay", data)
	outstruct := new(PendingDefaultAdminDelayOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.NewDelay = abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	outstruct.Schedule = abi.ConvertType(out[1], new(big.Int)).(*big.Int)
	return *outstruct, nil
}

// PackPerDay is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x959cf2ac.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function perDay() view returns(uint256)
func (claimSettlement *ClaimSettlement) PackPerDay() []byte {
	enc, err := claimSettlement.abi.Pack("perDay")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPerDay is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x959cf2ac.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function perDay() view returns(uint256)
func (claimSettlement *ClaimSettlement) TryPackPerDay() ([]byte, error) {
	return claimSettlement.abi.Pack("perDay")
}

// UnpackPerDay is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x959cf2ac.
//
// Solidity: function perDay() view returns(uint256)
func (claimSettlement *ClaimSettlement) UnpackPerDay(data []byte) (*big.Int, error) {
	out, err := claimSettlement.abi.Unpack("perDay", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackPerPayment is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xbf5fcfa9.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function perPayment() view returns(uint256)
func (claimSettlement *ClaimSettlement) PackPerPayment() []byte {
	enc, err := claimSettlement.abi.Pack("perPayment")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPerPayment is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xbf5fcfa9.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function perPayment() view returns(uint256)
func (claimSettlement *ClaimSettlement) TryPackPerPayment() ([]byte, error) {
	return claimSettlement.abi.Pack("perPayment")
}

// UnpackPerPayment is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xbf5fcfa9.
//
// Solidity: function perPayment() view returns(uint256)
func (claimSettlement *ClaimSettlement) UnpackPerPayment(data []byte) (*big.Int, error) {
	out, err := claimSettlement.abi.Unpack("perPayment", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackPredecessor is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb719d032.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function predecessor() view returns(address)
func (claimSettlement *ClaimSettlement) PackPredecessor() []byte {
	enc, err := claimSettlement.abi.Pack("predecessor")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPredecessor is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb719d032.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function predecessor() view returns(address)
func (claimSettlement *ClaimSettlement) TryPackPredecessor() ([]byte, error) {
	return claimSettlement.abi.Pack("predecessor")
}

// UnpackPredecessor is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xb719d032.
//
// Solidity: function predecessor() view returns(address)
func (claimSettlement *ClaimSettlement) UnpackPredecessor(data []byte) (common.Address, error) {
	out, err := claimSettlement.abi.Unpack("predecessor", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackProvedRoot is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa0b5a6a1.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function provedRoot(bytes32 commitment, (uint64,uint64,bytes32[],uint64,uint64,bytes32[]) p) view returns(bytes32)
func (claimSettlement *ClaimSettlement) PackProvedRoot(commitment [32]byte, p ClaimSettlementProof) []byte {
	enc, err := claimSettlement.abi.Pack("provedRoot", commitment, p)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackProvedRoot is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa0b5a6a1.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function provedRoot(bytes32 commitment, (uint64,uint64,bytes32[],uint64,uint64,bytes32[]) p) view returns(bytes32)
func (claimSettlement *ClaimSettlement) TryPackProvedRoot(commitment [32]byte, p ClaimSettlementProof) ([]byte, error) {
	return claimSettlement.abi.Pack("provedRoot", commitment, p)
}

// UnpackProvedRoot is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xa0b5a6a1.
//
// Solidity: function provedRoot(bytes32 commitment, (uint64,uint64,bytes32[],uint64,uint64,bytes32[]) p) view returns(bytes32)
func (claimSettlement *ClaimSettlement) UnpackProvedRoot(data []byte) ([32]byte, error) {
	out, err := claimSettlement.abi.Unpack("provedRoot", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackRegistry is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7b103999.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function registry() view returns(address)
func (claimSettlement *ClaimSettlement) PackRegistry() []byte {
	enc, err := claimSettlement.abi.Pack("registry")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRegistry is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7b103999.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function registry() view returns(address)
func (claimSettlement *ClaimSettlement) TryPackRegistry() ([]byte, error) {
	return claimSettlement.abi.Pack("registry")
}

// UnpackRegistry is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x7b103999.
//
// Solidity: function registry() view returns(address)
func (claimSettlement *ClaimSettlement) UnpackRegistry(data []byte) (common.Address, error) {
	out, err := claimSettlement.abi.Unpack("registry", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackRemember is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5ac687a8.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function remember() returns()
func (claimSettlement *ClaimSettlement) PackRemember() []byte {
	enc, err := claimSettlement.abi.Pack("remember")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRemember is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5ac687a8.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function remember() returns()
func (claimSettlement *ClaimSettlement) TryPackRemember() ([]byte, error) {
	return claimSettlement.abi.Pack("remember")
}

// PackRemembered is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xba1cd4d2.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function remembered(uint64 size) view returns(bytes32)
func (claimSettlement *ClaimSettlement) PackRemembered(size uint64) []byte {
	enc, err := claimSettlement.abi.Pack("remembered", size)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRemembered is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xba1cd4d2.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function remembered(uint64 size) view returns(bytes32)
func (claimSettlement *ClaimSettlement) TryPackRemembered(size uint64) ([]byte, error) {
	return claimSettlement.abi.Pack("remembered", size)
}

// UnpackRemembered is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xba1cd4d2.
//
// Solidity: function remembered(uint64 size) view returns(bytes32)
func (claimSettlement *ClaimSettlement) UnpackRemembered(data []byte) ([32]byte, error) {
	out, err := claimSettlement.abi.Unpack("remembered", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackRenounceRole is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x36568abe.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function renounceRole(bytes32 role, address account) returns()
func (claimSettlement *ClaimSettlement) PackRenounceRole(role [32]byte, account common.Address) []byte {
	enc, err := claimSettlement.abi.Pack("renounceRole", role, account)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRenounceRole is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x36568abe.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function renounceRole(bytes32 role, address account) returns()
func (claimSettlement *ClaimSettlement) TryPackRenounceRole(role [32]byte, account common.Address) ([]byte, error) {
	return claimSettlement.abi.Pack("renounceRole", role, account)
}

// PackRevokeRole is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd547741f.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function revokeRole(bytes32 role, address account) returns()
func (claimSettlement *ClaimSettlement) PackRevokeRole(role [32]byte, account common.Address) []byte {
	enc, err := claimSettlement.abi.Pack("revokeRole", role, account)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRevokeRole is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd547741f.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function revokeRole(bytes32 role, address account) returns()
func (claimSettlement *ClaimSettlement) TryPackRevokeRole(role [32]byte, account common.Address) ([]byte, error) {
	return claimSettlement.abi.Pack("revokeRole", role, account)
}

// PackRollbackDefaultAdminDelay is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0aa6220b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function rollbackDefaultAdminDelay() returns()
func (claimSettlement *ClaimSettlement) PackRollbackDefaultAdminDelay() []byte {
	enc, err := claimSettlement.abi.Pack("rollbackDefaultAdminDelay")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRollbackDefaultAdminDelay is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0aa6220b.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function rollbackDefaultAdminDelay() returns()
func (claimSettlement *ClaimSettlement) TryPackRollbackDefaultAdminDelay() ([]byte, error) {
	return claimSettlement.abi.Pack("rollbackDefaultAdminDelay")
}

// PackScale is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf51e181a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function scale() view returns(uint256)
func (claimSettlement *ClaimSettlement) PackScale() []byte {
	enc, err := claimSettlement.abi.Pack("scale")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackScale is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf51e181a.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function scale() view returns(uint256)
func (claimSettlement *ClaimSettlement) TryPackScale() ([]byte, error) {
	return claimSettlement.abi.Pack("scale")
}

// UnpackScale is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xf51e181a.
//
// Solidity: function scale() view returns(uint256)
func (claimSettlement *ClaimSettlement) UnpackScale(data []byte) (*big.Int, error) {
	out, err := claimSettlement.abi.Unpack("scale", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackSuccessor is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6ff968c3.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function successor() view returns(address)
func (claimSettlement *ClaimSettlement) PackSuccessor() []byte {
	enc, err := claimSettlement.abi.Pack("successor")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSuccessor is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6ff968c3.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function successor() view returns(address)
func (claimSettlement *ClaimSettlement) TryPackSuccessor() ([]byte, error) {
	return claimSettlement.abi.Pack("successor")
}

// UnpackSuccessor is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x6ff968c3.
//
// Solidity: function successor() view returns(address)
func (claimSettlement *ClaimSettlement) UnpackSuccessor(data []byte) (common.Address, error) {
	out, err := claimSettlement.abi.Unpack("successor", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackSupportsInterface is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x01ffc9a7.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function supportsInterface(bytes4 interfaceId) view returns(bool)
func (claimSettlement *ClaimSettlement) PackSupportsInterface(interfaceId [4]byte) []byte {
	enc, err := claimSettlement.abi.Pack("supportsInterface", interfaceId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSupportsInterface is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x01ffc9a7.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function supportsInterface(bytes4 interfaceId) view returns(bool)
func (claimSettlement *ClaimSettlement) TryPackSupportsInterface(interfaceId [4]byte) ([]byte, error) {
	return claimSettlement.abi.Pack("supportsInterface", interfaceId)
}

// UnpackSupportsInterface is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x01ffc9a7.
//
// Solidity: function supportsInterface(bytes4 interfaceId) view returns(bool)
func (claimSettlement *ClaimSettlement) UnpackSupportsInterface(data []byte) (bool, error) {
	out, err := claimSettlement.abi.Unpack("supportsInterface", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackToken is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xfc0c546a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function token() view returns(address)
func (claimSettlement *ClaimSettlement) PackToken() []byte {
	enc, err := claimSettlement.abi.Pack("token")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackToken is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xfc0c546a.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function token() view returns(address)
func (claimSettlement *ClaimSettlement) TryPackToken() ([]byte, error) {
	return claimSettlement.abi.Pack("token")
}

// UnpackToken is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xfc0c546a.
//
// Solidity: function token() view returns(address)
func (claimSettlement *ClaimSettlement) UnpackToken(data []byte) (common.Address, error) {
	out, err := claimSettlement.abi.Unpack("token", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackUnpause is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3f4ba83a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function unpause() returns()
func (claimSettlement *ClaimSettlement) PackUnpause() []byte {
	enc, err := claimSettlement.abi.Pack("unpause")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackUnpause is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3f4ba83a.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function unpause() returns()
func (claimSettlement *ClaimSettlement) TryPackUnpause() ([]byte, error) {
	return claimSettlement.abi.Pack("unpause")
}

// ClaimSettlementDefaultAdminDelayChangeCanceled represents a DefaultAdminDelayChangeCanceled event raised by the ClaimSettlement contract.
type ClaimSettlementDefaultAdminDelayChangeCanceled struct {
	Raw *types.Log // Blockchain specific contextual infos
}

const ClaimSettlementDefaultAdminDelayChangeCanceledEventName = "DefaultAdminDelayChangeCanceled"

// ContractEventName returns the user-defined event name.
func (ClaimSettlementDefaultAdminDelayChangeCanceled) ContractEventName() string {
	return ClaimSettlementDefaultAdminDelayChangeCanceledEventName
}

// UnpackDefaultAdminDelayChangeCanceledEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event DefaultAdminDelayChangeCanceled()
func (claimSettlement *ClaimSettlement) UnpackDefaultAdminDelayChangeCanceledEvent(log *types.Log) (*ClaimSettlementDefaultAdminDelayChangeCanceled, error) {
	event := "DefaultAdminDelayChangeCanceled"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != claimSettlement.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ClaimSettlementDefaultAdminDelayChangeCanceled)
	if len(log.Data) > 0 {
		if err := claimSettlement.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range claimSettlement.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ClaimSettlementDefaultAdminDelayChangeScheduled represents a DefaultAdminDelayChangeScheduled event raised by the ClaimSettlement contract.
type ClaimSettlementDefaultAdminDelayChangeScheduled struct {
	NewDelay       *big.Int
	EffectSchedule *big.Int
	Raw            *types.Log // Blockchain specific contextual infos
}

const ClaimSettlementDefaultAdminDelayChangeScheduledEventName = "DefaultAdminDelayChangeScheduled"

// ContractEventName returns the user-defined event name.
func (ClaimSettlementDefaultAdminDelayChangeScheduled) ContractEventName() string {
	return ClaimSettlementDefaultAdminDelayChangeScheduledEventName
}

// UnpackDefaultAdminDelayChangeScheduledEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event DefaultAdminDelayChangeScheduled(uint48 newDelay, uint48 effectSchedule)
func (claimSettlement *ClaimSettlement) UnpackDefaultAdminDelayChangeScheduledEvent(log *types.Log) (*ClaimSettlementDefaultAdminDelayChangeScheduled, error) {
	event := "DefaultAdminDelayChangeScheduled"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != claimSettlement.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ClaimSettlementDefaultAdminDelayChangeScheduled)
	if len(log.Data) > 0 {
		if err := claimSettlement.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range claimSettlement.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ClaimSettlementDefaultAdminTransferCanceled represents a DefaultAdminTransferCanceled event raised by the ClaimSettlement contract.
type ClaimSettlementDefaultAdminTransferCanceled struct {
	Raw *types.Log // Blockchain specific contextual infos
}

const ClaimSettlementDefaultAdminTransferCanceledEventName = "DefaultAdminTransferCanceled"

// ContractEventName returns the user-defined event name.
func (ClaimSettlementDefaultAdminTransferCanceled) ContractEventName() string {
	return ClaimSettlementDefaultAdminTransferCanceledEventName
}

// UnpackDefaultAdminTransferCanceledEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event DefaultAdminTransferCanceled()
func (claimSettlement *ClaimSettlement) UnpackDefaultAdminTransferCanceledEvent(log *types.Log) (*ClaimSettlementDefaultAdminTransferCanceled, error) {
	event := "DefaultAdminTransferCanceled"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != claimSettlement.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ClaimSettlementDefaultAdminTransferCanceled)
	if len(log.Data) > 0 {
		if err := claimSettlement.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range claimSettlement.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ClaimSettlementDefaultAdminTransferScheduled represents a DefaultAdminTransferScheduled event raised by the ClaimSettlement contract.
type ClaimSettlementDefaultAdminTransferScheduled struct {
	NewAdmin       common.Address
	AcceptSchedule *big.Int
	Raw            *types.Log // Blockchain specific contextual infos
}

const ClaimSettlementDefaultAdminTransferScheduledEventName = "DefaultAdminTransferScheduled"

// ContractEventName returns the user-defined event name.
func (ClaimSettlementDefaultAdminTransferScheduled) ContractEventName() string {
	return ClaimSettlementDefaultAdminTransferScheduledEventName
}

// UnpackDefaultAdminTransferScheduledEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event DefaultAdminTransferScheduled(address indexed newAdmin, uint48 acceptSchedule)
func (claimSettlement *ClaimSettlement) UnpackDefaultAdminTransferScheduledEvent(log *types.Log) (*ClaimSettlementDefaultAdminTransferScheduled, error) {
	event := "DefaultAdminTransferScheduled"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != claimSettlement.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ClaimSettlementDefaultAdminTransferScheduled)
	if len(log.Data) > 0 {
		if err := claimSettlement.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range claimSettlement.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ClaimSettlementEIP712DomainChanged represents a EIP712DomainChanged event raised by the ClaimSettlement contract.
type ClaimSettlementEIP712DomainChanged struct {
	Raw *types.Log // Blockchain specific contextual infos
}

const ClaimSettlementEIP712DomainChangedEventName = "EIP712DomainChanged"

// ContractEventName returns the user-defined event name.
func (ClaimSettlementEIP712DomainChanged) ContractEventName() string {
	return ClaimSettlementEIP712DomainChangedEventName
}

// UnpackEIP712DomainChangedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event EIP712DomainChanged()
func (claimSettlement *ClaimSettlement) UnpackEIP712DomainChangedEvent(log *types.Log) (*ClaimSettlementEIP712DomainChanged, error) {
	event := "EIP712DomainChanged"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != claimSettlement.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ClaimSettlementEIP712DomainChanged)
	if len(log.Data) > 0 {
		if err := claimSettlement.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range claimSettlement.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ClaimSettlementLimited represents a Limited event raised by the ClaimSettlement contract.
type ClaimSettlementLimited struct {
	PerPayment *big.Int
	PerDay     *big.Int
	Raw        *types.Log // Blockchain specific contextual infos
}

const ClaimSettlementLimitedEventName = "Limited"

// ContractEventName returns the user-defined event name.
func (ClaimSettlementLimited) ContractEventName() string {
	return ClaimSettlementLimitedEventName
}

// UnpackLimitedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Limited(uint256 perPayment, uint256 perDay)
func (claimSettlement *ClaimSettlement) UnpackLimitedEvent(log *types.Log) (*ClaimSettlementLimited, error) {
	event := "Limited"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != claimSettlement.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ClaimSettlementLimited)
	if len(log.Data) > 0 {
		if err := claimSettlement.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range claimSettlement.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ClaimSettlementMoveAnnounced represents a MoveAnnounced event raised by the ClaimSettlement contract.
type ClaimSettlementMoveAnnounced struct {
	Successor common.Address
	NotBefore uint64
	Raw       *types.Log // Blockchain specific contextual infos
}

const ClaimSettlementMoveAnnouncedEventName = "MoveAnnounced"

// ContractEventName returns the user-defined event name.
func (ClaimSettlementMoveAnnounced) ContractEventName() string {
	return ClaimSettlementMoveAnnouncedEventName
}

// UnpackMoveAnnouncedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event MoveAnnounced(address indexed successor, uint64 notBefore)
func (claimSettlement *ClaimSettlement) UnpackMoveAnnouncedEvent(log *types.Log) (*ClaimSettlementMoveAnnounced, error) {
	event := "MoveAnnounced"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != claimSettlement.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ClaimSettlementMoveAnnounced)
	if len(log.Data) > 0 {
		if err := claimSettlement.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range claimSettlement.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ClaimSettlementMoved represents a Moved event raised by the ClaimSettlement contract.
type ClaimSettlementMoved struct {
	Successor common.Address
	Tokens    *big.Int
	Raw       *types.Log // Blockchain specific contextual infos
}

const ClaimSettlementMovedEventName = "Moved"

// ContractEventName returns the user-defined event name.
func (ClaimSettlementMoved) ContractEventName() string {
	return ClaimSettlementMovedEventName
}

// UnpackMovedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Moved(address indexed successor, uint256 tokens)
func (claimSettlement *ClaimSettlement) UnpackMovedEvent(log *types.Log) (*ClaimSettlementMoved, error) {
	event := "Moved"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != claimSettlement.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ClaimSettlementMoved)
	if len(log.Data) > 0 {
		if err := claimSettlement.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range claimSettlement.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ClaimSettlementPaid represents a Paid event raised by the ClaimSettlement contract.
type ClaimSettlementPaid struct {
	Nullifier [32]byte
	Payee     common.Address
	Amount    *big.Int
	LogSize   uint64
	Raw       *types.Log // Blockchain specific contextual infos
}

const ClaimSettlementPaidEventName = "Paid"

// ContractEventName returns the user-defined event name.
func (ClaimSettlementPaid) ContractEventName() string {
	return ClaimSettlementPaidEventName
}

// UnpackPaidEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Paid(bytes32 indexed nullifier, address indexed payee, uint256 amount, uint64 logSize)
func (claimSettlement *ClaimSettlement) UnpackPaidEvent(log *types.Log) (*ClaimSettlementPaid, error) {
	event := "Paid"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != claimSettlement.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ClaimSettlementPaid)
	if len(log.Data) > 0 {
		if err := claimSettlement.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range claimSettlement.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ClaimSettlementPaused represents a Paused event raised by the ClaimSettlement contract.
type ClaimSettlementPaused struct {
	Account common.Address
	Raw     *types.Log // Blockchain specific contextual infos
}

const ClaimSettlementPausedEventName = "Paused"

// ContractEventName returns the user-defined event name.
func (ClaimSettlementPaused) ContractEventName() string {
	return ClaimSettlementPausedEventName
}

// UnpackPausedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Paused(address account)
func (claimSettlement *ClaimSettlement) UnpackPausedEvent(log *types.Log) (*ClaimSettlementPaused, error) {
	event := "Paused"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != claimSettlement.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ClaimSettlementPaused)
	if len(log.Data) > 0 {
		if err := claimSettlement.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range claimSettlement.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ClaimSettlementRemembered represents a Remembered event raised by the ClaimSettlement contract.
type ClaimSettlementRemembered struct {
	Size uint64
	Root [32]byte
	Raw  *types.Log // Blockchain specific contextual infos
}

const ClaimSettlementRememberedEventName = "Remembered"

// ContractEventName returns the user-defined event name.
func (ClaimSettlementRemembered) ContractEventName() string {
	return ClaimSettlementRememberedEventName
}

// UnpackRememberedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Remembered(uint64 indexed size, bytes32 root)
func (claimSettlement *ClaimSettlement) UnpackRememberedEvent(log *types.Log) (*ClaimSettlementRemembered, error) {
	event := "Remembered"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != claimSettlement.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ClaimSettlementRemembered)
	if len(log.Data) > 0 {
		if err := claimSettlement.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range claimSettlement.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ClaimSettlementRoleAdminChanged represents a RoleAdminChanged event raised by the ClaimSettlement contract.
type ClaimSettlementRoleAdminChanged struct {
	Role              [32]byte
	PreviousAdminRole [32]byte
	NewAdminRole      [32]byte
	Raw               *types.Log // Blockchain specific contextual infos
}

const ClaimSettlementRoleAdminChangedEventName = "RoleAdminChanged"

// ContractEventName returns the user-defined event name.
func (ClaimSettlementRoleAdminChanged) ContractEventName() string {
	return ClaimSettlementRoleAdminChangedEventName
}

// UnpackRoleAdminChangedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event RoleAdminChanged(bytes32 indexed role, bytes32 indexed previousAdminRole, bytes32 indexed newAdminRole)
func (claimSettlement *ClaimSettlement) UnpackRoleAdminChangedEvent(log *types.Log) (*ClaimSettlementRoleAdminChanged, error) {
	event := "RoleAdminChanged"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != claimSettlement.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ClaimSettlementRoleAdminChanged)
	if len(log.Data) > 0 {
		if err := claimSettlement.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range claimSettlement.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ClaimSettlementRoleGranted represents a RoleGranted event raised by the ClaimSettlement contract.
type ClaimSettlementRoleGranted struct {
	Role    [32]byte
	Account common.Address
	Sender  common.Address
	Raw     *types.Log // Blockchain specific contextual infos
}

const ClaimSettlementRoleGrantedEventName = "RoleGranted"

// ContractEventName returns the user-defined event name.
func (ClaimSettlementRoleGranted) ContractEventName() string {
	return ClaimSettlementRoleGrantedEventName
}

// UnpackRoleGrantedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender)
func (claimSettlement *ClaimSettlement) UnpackRoleGrantedEvent(log *types.Log) (*ClaimSettlementRoleGranted, error) {
	event := "RoleGranted"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != claimSettlement.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ClaimSettlementRoleGranted)
	if len(log.Data) > 0 {
		if err := claimSettlement.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range claimSettlement.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ClaimSettlementRoleRevoked represents a RoleRevoked event raised by the ClaimSettlement contract.
type ClaimSettlementRoleRevoked struct {
	Role    [32]byte
	Account common.Address
	Sender  common.Address
	Raw     *types.Log // Blockchain specific contextual infos
}

const ClaimSettlementRoleRevokedEventName = "RoleRevoked"

// ContractEventName returns the user-defined event name.
func (ClaimSettlementRoleRevoked) ContractEventName() string {
	return ClaimSettlementRoleRevokedEventName
}

// UnpackRoleRevokedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender)
func (claimSettlement *ClaimSettlement) UnpackRoleRevokedEvent(log *types.Log) (*ClaimSettlementRoleRevoked, error) {
	event := "RoleRevoked"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != claimSettlement.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ClaimSettlementRoleRevoked)
	if len(log.Data) > 0 {
		if err := claimSettlement.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range claimSettlement.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ClaimSettlementUnpaused represents a Unpaused event raised by the ClaimSettlement contract.
type ClaimSettlementUnpaused struct {
	Account common.Address
	Raw     *types.Log // Blockchain specific contextual infos
}

const ClaimSettlementUnpausedEventName = "Unpaused"

// ContractEventName returns the user-defined event name.
func (ClaimSettlementUnpaused) ContractEventName() string {
	return ClaimSettlementUnpausedEventName
}

// UnpackUnpausedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Unpaused(address account)
func (claimSettlement *ClaimSettlement) UnpackUnpausedEvent(log *types.Log) (*ClaimSettlementUnpaused, error) {
	event := "Unpaused"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != claimSettlement.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ClaimSettlementUnpaused)
	if len(log.Data) > 0 {
		if err := claimSettlement.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range claimSettlement.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// UnpackError attempts to decode the provided error data using user-defined
// error definitions.
func (claimSettlement *ClaimSettlement) UnpackError(raw []byte) (any, error) {
	if bytes.Equal(raw[:4], claimSettlement.abi.Errors["AccessControlBadConfirmation"].ID.Bytes()[:4]) {
		return claimSettlement.UnpackAccessControlBadConfirmationError(raw[4:])
	}
	if bytes.Equal(raw[:4], claimSettlement.abi.Errors["AccessControlEnforcedDefaultAdminDelay"].ID.Bytes()[:4]) {
		return claimSettlement.UnpackAccessControlEnforcedDefaultAdminDelayError(raw[4:])
	}
	if bytes.Equal(raw[:4], claimSettlement.abi.Errors["AccessControlEnforcedDefaultAdminRules"].ID.Bytes()[:4]) {
		return claimSettlement.UnpackAccessControlEnforcedDefaultAdminRulesError(raw[4:])
	}
	if bytes.Equal(raw[:4], claimSettlement.abi.Errors["AccessControlInvalidDefaultAdmin"].ID.Bytes()[:4]) {
		return claimSettlement.UnpackAccessControlInvalidDefaultAdminError(raw[4:])
	}
	if bytes.Equal(raw[:4], claimSettlement.abi.Errors["AccessControlUnauthorizedAccount"].ID.Bytes()[:4]) {
		return claimSettlement.UnpackAccessControlUnauthorizedAccountError(raw[4:])
	}
	if bytes.Equal(raw[:4], claimSettlement.abi.Errors["AlreadyPaid"].ID.Bytes()[:4]) {
		return claimSettlement.UnpackAlreadyPaidError(raw[4:])
	}
	if bytes.Equal(raw[:4], claimSettlement.abi.Errors["BadPath"].ID.Bytes()[:4]) {
		return claimSettlement.UnpackBadPathError(raw[4:])
	}
	if bytes.Equal(raw[:4], claimSettlement.abi.Errors["EnforcedPause"].ID.Bytes()[:4]) {
		return claimSettlement.UnpackEnforcedPauseError(raw[4:])
	}
	if bytes.Equal(raw[:4], claimSettlement.abi.Errors["EscrowClosed"].ID.Bytes()[:4]) {
		return claimSettlement.UnpackEscrowClosedError(raw[4:])
	}
	if bytes.Equal(raw[:4], claimSettlement.abi.Errors["ExpectedPause"].ID.Bytes()[:4]) {
		return claimSettlement.UnpackExpectedPauseError(raw[4:])
	}
	if bytes.Equal(raw[:4], claimSettlement.abi.Errors["InDispute"].ID.Bytes()[:4]) {
		return claimSettlement.UnpackInDisputeError(raw[4:])
	}
	if bytes.Equal(raw[:4], claimSettlement.abi.Errors["InvalidShortString"].ID.Bytes()[:4]) {
		return claimSettlement.UnpackInvalidShortStringError(raw[4:])
	}
	if bytes.Equal(raw[:4], claimSettlement.abi.Errors["NotAnchored"].ID.Bytes()[:4]) {
		return claimSettlement.UnpackNotAnchoredError(raw[4:])
	}
	if bytes.Equal(raw[:4], claimSettlement.abi.Errors["OverLimit"].ID.Bytes()[:4]) {
		return claimSettlement.UnpackOverLimitError(raw[4:])
	}
	if bytes.Equal(raw[:4], claimSettlement.abi.Errors["PredecessorOpen"].ID.Bytes()[:4]) {
		return claimSettlement.UnpackPredecessorOpenError(raw[4:])
	}
	if bytes.Equal(raw[:4], claimSettlement.abi.Errors["ReentrancyGuardReentrantCall"].ID.Bytes()[:4]) {
		return claimSettlement.UnpackReentrancyGuardReentrantCallError(raw[4:])
	}
	if bytes.Equal(raw[:4], claimSettlement.abi.Errors["SafeCastOverflowedUintDowncast"].ID.Bytes()[:4]) {
		return claimSettlement.UnpackSafeCastOverflowedUintDowncastError(raw[4:])
	}
	if bytes.Equal(raw[:4], claimSettlement.abi.Errors["SafeERC20FailedOperation"].ID.Bytes()[:4]) {
		return claimSettlement.UnpackSafeERC20FailedOperationError(raw[4:])
	}
	if bytes.Equal(raw[:4], claimSettlement.abi.Errors["StringTooLong"].ID.Bytes()[:4]) {
		return claimSettlement.UnpackStringTooLongError(raw[4:])
	}
	if bytes.Equal(raw[:4], claimSettlement.abi.Errors["TooEarly"].ID.Bytes()[:4]) {
		return claimSettlement.UnpackTooEarlyError(raw[4:])
	}
	if bytes.Equal(raw[:4], claimSettlement.abi.Errors["WrongCurrency"].ID.Bytes()[:4]) {
		return claimSettlement.UnpackWrongCurrencyError(raw[4:])
	}
	if bytes.Equal(raw[:4], claimSettlement.abi.Errors["WrongVersion"].ID.Bytes()[:4]) {
		return claimSettlement.UnpackWrongVersionError(raw[4:])
	}
	if bytes.Equal(raw[:4], claimSettlement.abi.Errors["Zero"].ID.Bytes()[:4]) {
		return claimSettlement.UnpackZeroError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// ClaimSettlementAccessControlBadConfirmation represents a AccessControlBadConfirmation error raised by the ClaimSettlement contract.
type ClaimSettlementAccessControlBadConfirmation struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error AccessControlBadConfirmation()
func ClaimSettlementAccessControlBadConfirmationErrorID() common.Hash {
	return common.HexToHash("0x6697b23232a647058342c0724fe7c415cab25915b54e5dbc03f233173d37b41c")
}

// UnpackAccessControlBadConfirmationError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error AccessControlBadConfirmation()
func (claimSettlement *ClaimSettlement) UnpackAccessControlBadConfirmationError(raw []byte) (*ClaimSettlementAccessControlBadConfirmation, error) {
	out := new(ClaimSettlementAccessControlBadConfirmation)
	if err := claimSettlement.abi.UnpackIntoInterface(out, "AccessControlBadConfirmation", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ClaimSettlementAccessControlEnforcedDefaultAdminDelay represents a AccessControlEnforcedDefaultAdminDelay error raised by the ClaimSettlement contract.
type ClaimSettlementAccessControlEnforcedDefaultAdminDelay struct {
	Schedule *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error AccessControlEnforcedDefaultAdminDelay(uint48 schedule)
func ClaimSettlementAccessControlEnforcedDefaultAdminDelayErrorID() common.Hash {
	return common.HexToHash("0x19ca5ebb8fb33f00e502c9392eddab1501674629178bf69b853cf037aaf4bb5d")
}

// UnpackAccessControlEnforcedDefaultAdminDelayError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error AccessControlEnforcedDefaultAdminDelay(uint48 schedule)
func (claimSettlement *ClaimSettlement) UnpackAccessControlEnforcedDefaultAdminDelayError(raw []byte) (*ClaimSettlementAccessControlEnforcedDefaultAdminDelay, error) {
	out := new(ClaimSettlementAccessControlEnforcedDefaultAdminDelay)
	if err := claimSettlement.abi.UnpackIntoInterface(out, "AccessControlEnforcedDefaultAdminDelay", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ClaimSettlementAccessControlEnforcedDefaultAdminRules represents a AccessControlEnforcedDefaultAdminRules error raised by the ClaimSettlement contract.
type ClaimSettlementAccessControlEnforcedDefaultAdminRules struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error AccessControlEnforcedDefaultAdminRules()
func ClaimSettlementAccessControlEnforcedDefaultAdminRulesErrorID() common.Hash {
	return common.HexToHash("0x3fc3c27ae3db78c81b8f6e685172134623efa268ee8cd8d54be38ad2a74fc13b")
}

// UnpackAccessControlEnforcedDefaultAdminRulesError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error AccessControlEnforcedDefaultAdminRules()
func (claimSettlement *ClaimSettlement) UnpackAccessControlEnforcedDefaultAdminRulesError(raw []byte) (*ClaimSettlementAccessControlEnforcedDefaultAdminRules, error) {
	out := new(ClaimSettlementAccessControlEnforcedDefaultAdminRules)
	if err := claimSettlement.abi.UnpackIntoInterface(out, "AccessControlEnforcedDefaultAdminRules", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ClaimSettlementAccessControlInvalidDefaultAdmin represents a AccessControlInvalidDefaultAdmin error raised by the ClaimSettlement contract.
type ClaimSettlementAccessControlInvalidDefaultAdmin struct {
	DefaultAdmin common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error AccessControlInvalidDefaultAdmin(address defaultAdmin)
func ClaimSettlementAccessControlInvalidDefaultAdminErrorID() common.Hash {
	return common.HexToHash("0xc22c8022f2a840d6b6a9f113407715f5bbd4e88c1b0dd9434dc00700ba609ed4")
}

// UnpackAccessControlInvalidDefaultAdminError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error AccessControlInvalidDefaultAdmin(address defaultAdmin)
func (claimSettlement *ClaimSettlement) UnpackAccessControlInvalidDefaultAdminError(raw []byte) (*ClaimSettlementAccessControlInvalidDefaultAdmin, error) {
	out := new(ClaimSettlementAccessControlInvalidDefaultAdmin)
	if err := claimSettlement.abi.UnpackIntoInterface(out, "AccessControlInvalidDefaultAdmin", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ClaimSettlementAccessControlUnauthorizedAccount represents a AccessControlUnauthorizedAccount error raised by the ClaimSettlement contract.
type ClaimSettlementAccessControlUnauthorizedAccount struct {
	Account    common.Address
	NeededRole [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error AccessControlUnauthorizedAccount(address account, bytes32 neededRole)
func ClaimSettlementAccessControlUnauthorizedAccountErrorID() common.Hash {
	return common.HexToHash("0xe2517d3fbfae6f8515ef5ff1ccedc3933ab0cbbda0b492c06eb54ad10ef03b3e")
}

// UnpackAccessControlUnauthorizedAccountError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error AccessControlUnauthorizedAccount(address account, bytes32 neededRole)
func (claimSettlement *ClaimSettlement) UnpackAccessControlUnauthorizedAccountError(raw []byte) (*ClaimSettlementAccessControlUnauthorizedAccount, error) {
	out := new(ClaimSettlementAccessControlUnauthorizedAccount)
	if err := claimSettlement.abi.UnpackIntoInterface(out, "AccessControlUnauthorizedAccount", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ClaimSettlementAlreadyPaid represents a AlreadyPaid error raised by the ClaimSettlement contract.
type ClaimSettlementAlreadyPaid struct {
	Nullifier [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error AlreadyPaid(bytes32 nullifier)
func ClaimSettlementAlreadyPaidErrorID() common.Hash {
	return common.HexToHash("0xf4b76a0e190620c3521e4dfff16272055d2f85fe92a49677762cbf7ede84fc06")
}

// UnpackAlreadyPaidError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error AlreadyPaid(bytes32 nullifier)
func (claimSettlement *ClaimSettlement) UnpackAlreadyPaidError(raw []byte) (*ClaimSettlementAlreadyPaid, error) {
	out := new(ClaimSettlementAlreadyPaid)
	if err := claimSettlement.abi.UnpackIntoInterface(out, "AlreadyPaid", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ClaimSettlementBadPath represents a BadPath error raised by the ClaimSettlement contract.
type ClaimSettlementBadPath struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error BadPath()
func ClaimSettlementBadPathErrorID() common.Hash {
	return common.HexToHash("0x64325c91f108520b461bf37f7e682ef85952d4d50489069c2e798b1861f04e29")
}

// UnpackBadPathError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error BadPath()
func (claimSettlement *ClaimSettlement) UnpackBadPathError(raw []byte) (*ClaimSettlementBadPath, error) {
	out := new(ClaimSettlementBadPath)
	if err := claimSettlement.abi.UnpackIntoInterface(out, "BadPath", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ClaimSettlementEnforcedPause represents a EnforcedPause error raised by the ClaimSettlement contract.
type ClaimSettlementEnforcedPause struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error EnforcedPause()
func ClaimSettlementEnforcedPauseErrorID() common.Hash {
	return common.HexToHash("0xd93c0665d6c96d04a8f174024fc4ddd66c250604aff22bbec808de86dd3637e3")
}

// UnpackEnforcedPauseError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error EnforcedPause()
func (claimSettlement *ClaimSettlement) UnpackEnforcedPauseError(raw []byte) (*ClaimSettlementEnforcedPause, error) {
	out := new(ClaimSettlementEnforcedPause)
	if err := claimSettlement.abi.UnpackIntoInterface(out, "EnforcedPause", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ClaimSettlementEscrowClosed represents a EscrowClosed error raised by the ClaimSettlement contract.
type ClaimSettlementEscrowClosed struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error EscrowClosed()
func ClaimSettlementEscrowClosedErrorID() common.Hash {
	return common.HexToHash("0xc67401958d8f4f70d6e5fb87c0190c6f0df5a05a8926d934f81c7491e7402f47")
}

// UnpackEscrowClosedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error EscrowClosed()
func (claimSettlement *ClaimSettlement) UnpackEscrowClosedError(raw []byte) (*ClaimSettlementEscrowClosed, error) {
	out := new(ClaimSettlementEscrowClosed)
	if err := claimSettlement.abi.UnpackIntoInterface(out, "EscrowClosed", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ClaimSettlementExpectedPause represents a ExpectedPause error raised by the ClaimSettlement contract.
type ClaimSettlementExpectedPause struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ExpectedPause()
func ClaimSettlementExpectedPauseErrorID() common.Hash {
	return common.HexToHash("0x8dfc202bcfe9a735b559bee70674422512bc5c30f687046ae8778315fb81da44")
}

// UnpackExpectedPauseError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ExpectedPause()
func (claimSettlement *ClaimSettlement) UnpackExpectedPauseError(raw []byte) (*ClaimSettlementExpectedPause, error) {
	out := new(ClaimSettlementExpectedPause)
	if err := claimSettlement.abi.UnpackIntoInterface(out, "ExpectedPause", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ClaimSettlementInDispute represents a InDispute error raised by the ClaimSettlement contract.
type ClaimSettlementInDispute struct {
	Until uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InDispute(uint64 until)
func ClaimSettlementInDisputeErrorID() common.Hash {
	return common.HexToHash("0x01cd4476a03bfbd925a5c80bc9d7c27af7cece33775de7646248ec9e4885454e")
}

// UnpackInDisputeError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InDispute(uint64 until)
func (claimSettlement *ClaimSettlement) UnpackInDisputeError(raw []byte) (*ClaimSettlementInDispute, error) {
	out := new(ClaimSettlementInDispute)
	if err := claimSettlement.abi.UnpackIntoInterface(out, "InDispute", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ClaimSettlementInvalidShortString represents a InvalidShortString error raised by the ClaimSettlement contract.
type ClaimSettlementInvalidShortString struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InvalidShortString()
func ClaimSettlementInvalidShortStringErrorID() common.Hash {
	return common.HexToHash("0xb3512b0c6163e5f0bafab72bb631b9d58cd7a731b082f910338aa21c83d5c274")
}

// UnpackInvalidShortStringError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InvalidShortString()
func (claimSettlement *ClaimSettlement) UnpackInvalidShortStringError(raw []byte) (*ClaimSettlementInvalidShortString, error) {
	out := new(ClaimSettlementInvalidShortString)
	if err := claimSettlement.abi.UnpackIntoInterface(out, "InvalidShortString", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ClaimSettlementNotAnchored represents a NotAnchored error raised by the ClaimSettlement contract.
type ClaimSettlementNotAnchored struct {
	Size uint64
	Root [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotAnchored(uint64 size, bytes32 root)
func ClaimSettlementNotAnchoredErrorID() common.Hash {
	return common.HexToHash("0x76dce6e7555297b45acb33c14fa28c8180308f86073327ccdf296abab2cdfc6c")
}

// UnpackNotAnchoredError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotAnchored(uint64 size, bytes32 root)
func (claimSettlement *ClaimSettlement) UnpackNotAnchoredError(raw []byte) (*ClaimSettlementNotAnchored, error) {
	out := new(ClaimSettlementNotAnchored)
	if err := claimSettlement.abi.UnpackIntoInterface(out, "NotAnchored", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ClaimSettlementOverLimit represents a OverLimit error raised by the ClaimSettlement contract.
type ClaimSettlementOverLimit struct {
	Limit  *big.Int
	Amount *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error OverLimit(uint256 limit, uint256 amount)
func ClaimSettlementOverLimitErrorID() common.Hash {
	return common.HexToHash("0xb751e6558704fca16b720c4774fb439e262c59f27eb352898725529faa9a3d5b")
}

// UnpackOverLimitError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error OverLimit(uint256 limit, uint256 amount)
func (claimSettlement *ClaimSettlement) UnpackOverLimitError(raw []byte) (*ClaimSettlementOverLimit, error) {
	out := new(ClaimSettlementOverLimit)
	if err := claimSettlement.abi.UnpackIntoInterface(out, "OverLimit", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ClaimSettlementPredecessorOpen represents a PredecessorOpen error raised by the ClaimSettlement contract.
type ClaimSettlementPredecessorOpen struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error PredecessorOpen()
func ClaimSettlementPredecessorOpenErrorID() common.Hash {
	return common.HexToHash("0x1c4bacff27c771c9140baa9c8a495614c660c9bd0473a440601b09bf79146929")
}

// UnpackPredecessorOpenError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error PredecessorOpen()
func (claimSettlement *ClaimSettlement) UnpackPredecessorOpenError(raw []byte) (*ClaimSettlementPredecessorOpen, error) {
	out := new(ClaimSettlementPredecessorOpen)
	if err := claimSettlement.abi.UnpackIntoInterface(out, "PredecessorOpen", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ClaimSettlementReentrancyGuardReentrantCall represents a ReentrancyGuardReentrantCall error raised by the ClaimSettlement contract.
type ClaimSettlementReentrancyGuardReentrantCall struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ReentrancyGuardReentrantCall()
func ClaimSettlementReentrancyGuardReentrantCallErrorID() common.Hash {
	return common.HexToHash("0x3ee5aeb571de7fc460830b4d0017439a1ca56fb0bc39062227ade4fe4a24c1ca")
}

// UnpackReentrancyGuardReentrantCallError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ReentrancyGuardReentrantCall()
func (claimSettlement *ClaimSettlement) UnpackReentrancyGuardReentrantCallError(raw []byte) (*ClaimSettlementReentrancyGuardReentrantCall, error) {
	out := new(ClaimSettlementReentrancyGuardReentrantCall)
	if err := claimSettlement.abi.UnpackIntoInterface(out, "ReentrancyGuardReentrantCall", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ClaimSettlementSafeCastOverflowedUintDowncast represents a SafeCastOverflowedUintDowncast error raised by the ClaimSettlement contract.
type ClaimSettlementSafeCastOverflowedUintDowncast struct {
	Bits  uint8
	Value *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error SafeCastOverflowedUintDowncast(uint8 bits, uint256 value)
func ClaimSettlementSafeCastOverflowedUintDowncastErrorID() common.Hash {
	return common.HexToHash("0x6dfcc6503a32754ce7a89698e18201fc5294fd4aad43edefee786f88423b1a12")
}

// UnpackSafeCastOverflowedUintDowncastError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error SafeCastOverflowedUintDowncast(uint8 bits, uint256 value)
func (claimSettlement *ClaimSettlement) UnpackSafeCastOverflowedUintDowncastError(raw []byte) (*ClaimSettlementSafeCastOverflowedUintDowncast, error) {
	out := new(ClaimSettlementSafeCastOverflowedUintDowncast)
	if err := claimSettlement.abi.UnpackIntoInterface(out, "SafeCastOverflowedUintDowncast", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ClaimSettlementSafeERC20FailedOperation represents a SafeERC20FailedOperation error raised by the ClaimSettlement contract.
type ClaimSettlementSafeERC20FailedOperation struct {
	Token common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error SafeERC20FailedOperation(address token)
func ClaimSettlementSafeERC20FailedOperationErrorID() common.Hash {
	return common.HexToHash("0x5274afe73c98b4749fc91ffae6b7b574e7842cb2144a159e9377a5f20b32edf9")
}

// UnpackSafeERC20FailedOperationError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error SafeERC20FailedOperation(address token)
func (claimSettlement *ClaimSettlement) UnpackSafeERC20FailedOperationError(raw []byte) (*ClaimSettlementSafeERC20FailedOperation, error) {
	out := new(ClaimSettlementSafeERC20FailedOperation)
	if err := claimSettlement.abi.UnpackIntoInterface(out, "SafeERC20FailedOperation", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ClaimSettlementStringTooLong represents a StringTooLong error raised by the ClaimSettlement contract.
type ClaimSettlementStringTooLong struct {
	Str string
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error StringTooLong(string str)
func ClaimSettlementStringTooLongErrorID() common.Hash {
	return common.HexToHash("0x305a27a93f8e33b7392df0a0f91d6fc63847395853c45991eec52dbf24d72381")
}

// UnpackStringTooLongError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error StringTooLong(string str)
func (claimSettlement *ClaimSettlement) UnpackStringTooLongError(raw []byte) (*ClaimSettlementStringTooLong, error) {
	out := new(ClaimSettlementStringTooLong)
	if err := claimSettlement.abi.UnpackIntoInterface(out, "StringTooLong", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ClaimSettlementTooEarly represents a TooEarly error raised by the ClaimSettlement contract.
type ClaimSettlementTooEarly struct {
	NotBefore uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error TooEarly(uint64 notBefore)
func ClaimSettlementTooEarlyErrorID() common.Hash {
	return common.HexToHash("0xd606d83fc5c7e56637c0959f5077c3a15f782b710d7eab50461ed55fd6deb6ae")
}

// UnpackTooEarlyError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error TooEarly(uint64 notBefore)
func (claimSettlement *ClaimSettlement) UnpackTooEarlyError(raw []byte) (*ClaimSettlementTooEarly, error) {
	out := new(ClaimSettlementTooEarly)
	if err := claimSettlement.abi.UnpackIntoInterface(out, "TooEarly", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ClaimSettlementWrongCurrency represents a WrongCurrency error raised by the ClaimSettlement contract.
type ClaimSettlementWrongCurrency struct {
	Currency [3]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error WrongCurrency(bytes3 currency)
func ClaimSettlementWrongCurrencyErrorID() common.Hash {
	return common.HexToHash("0x59345b84f602f9e2fe7d0ec02dd4ac4b1d3437a86922cab0bd08f00b70c82791")
}

// UnpackWrongCurrencyError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error WrongCurrency(bytes3 currency)
func (claimSettlement *ClaimSettlement) UnpackWrongCurrencyError(raw []byte) (*ClaimSettlementWrongCurrency, error) {
	out := new(ClaimSettlementWrongCurrency)
	if err := claimSettlement.abi.UnpackIntoInterface(out, "WrongCurrency", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ClaimSettlementWrongVersion represents a WrongVersion error raised by the ClaimSettlement contract.
type ClaimSettlementWrongVersion struct {
	Version uint8
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error WrongVersion(uint8 version)
func ClaimSettlementWrongVersionErrorID() common.Hash {
	return common.HexToHash("0xfebed7b1ffeb2b54272df44f7aef3ae2ffffaef4b0b60b837d1eb1ca1effe67c")
}

// UnpackWrongVersionError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error WrongVersion(uint8 version)
func (claimSettlement *ClaimSettlement) UnpackWrongVersionError(raw []byte) (*ClaimSettlementWrongVersion, error) {
	out := new(ClaimSettlementWrongVersion)
	if err := claimSettlement.abi.UnpackIntoInterface(out, "WrongVersion", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ClaimSettlementZero represents a Zero error raised by the ClaimSettlement contract.
type ClaimSettlementZero struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error Zero()
func ClaimSettlementZeroErrorID() common.Hash {
	return common.HexToHash("0xf4560403888256621a13abd81f4930ecb469c609f6317e1dd2ee34fe69293e1b")
}

// UnpackZeroError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error Zero()
func (claimSettlement *ClaimSettlement) UnpackZeroError(raw []byte) (*ClaimSettlementZero, error) {
	out := new(ClaimSettlementZero)
	if err := claimSettlement.abi.UnpackIntoInterface(out, "Zero", raw); err != nil {
		return nil, err
	}
	return out, nil
}
