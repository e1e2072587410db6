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

// AnchorRegistryMetaData contains all meta data concerning the AnchorRegistry contract.
var AnchorRegistryMetaData = bind.MetaData{
	ABI: "[{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"held\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"given\",\"type\":\"bytes32\"}],\"name\":\"Conflict\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"caller\",\"type\":\"address\"}],\"name\":\"NotAllowed\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"held\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"given\",\"type\":\"uint64\"}],\"name\":\"Smaller\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"Zero\",\"type\":\"error\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"origin\",\"type\":\"bytes32\"},{\"indexed\":true,\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"},{\"indexed\":false,\"internalType\":\"bytes32\",\"name\":\"root\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"uint64\",\"name\":\"previousSize\",\"type\":\"uint64\"},{\"indexed\":false,\"internalType\":\"bytes32\",\"name\":\"previousRoot\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"uint32\",\"name\":\"previousBlock\",\"type\":\"uint32\"}],\"name\":\"Anchored\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"origin\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"address\",\"name\":\"to\",\"type\":\"address\"}],\"name\":\"ControlOffered\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"origin\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"address\",\"name\":\"controller\",\"type\":\"address\"}],\"name\":\"ControlTaken\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"origin\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"address\",\"name\":\"signer\",\"type\":\"address\"}],\"name\":\"SignerAppointed\",\"type\":\"event\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"origin\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"root\",\"type\":\"bytes32\"}],\"name\":\"anchor\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"origin\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"signer\",\"type\":\"address\"}],\"name\":\"appoint\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"origin\",\"type\":\"bytes32\"}],\"name\":\"controllerOf\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"origin\",\"type\":\"bytes32\"}],\"name\":\"headOf\",\"outputs\":[{\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"root\",\"type\":\"bytes32\"},{\"internalType\":\"uint32\",\"name\":\"atBlock\",\"type\":\"uint32\"},{\"internalType\":\"address\",\"name\":\"signer\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"origin\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"to\",\"type\":\"address\"}],\"name\":\"offer\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"origin\",\"type\":\"bytes32\"}],\"name\":\"take\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"}]",
	ID:  "AnchorRegistry",
	Bin: "0x6080604052348015600e575f5ffd5b506109f68061001c5f395ff3fe608060405234801561000f575f5ffd5b506004361061006f575f3560e01c8063b92cb2761161004d578063b92cb276146100d8578063cc92a9ed146100eb578063e9c7daf5146101c9575f5ffd5b806314b7865a1461007357806330ecee5f146100885780639cc1a7731461009b575b5f5ffd5b610086610081366004610946565b6101dc565b005b61008661009636600461097f565b610334565b6100ae6100a93660046109ce565b610657565b60405173ffffffffffffffffffffffffffffffffffffffff90911681526020015b60405180910390f35b6100866100e6366004610946565b6106a1565b61017d6100f93660046109ce565b73ffffffffffffffffffffffffffffffffffffffff9182165f90815260208181526040808320938352929052206001810154905474010000000000000000000000000000000000000000820467ffffffffffffffff169390927c0100000000000000000000000000000000000000000000000000000000830463ffffffff16921690565b6040805167ffffffffffffffff9095168552602085019390935263ffffffff9091169183019190915273ffffffffffffffffffffffffffffffffffffffff1660608201526080016100cf565b6100866101d73660046109ce565b61079d565b6101e68383610657565b73ffffffffffffffffffffffffffffffffffffffff163373ffffffffffffffffffffffffffffffffffffffff1614610251576040517ffa5cd00f0000000000000000000000000000000000000000000000000000000081523360048201526024015b60405180910390fd5b73ffffffffffffffffffffffffffffffffffffffff811661029e576040517ff456040300000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b73ffffffffffffffffffffffffffffffffffffffff8381165f8181526020818152604080832087845282529182902060010180547fffffffffffffffffffffffff0000000000000000000000000000000000000000169486169485179055905192835284927fd2e52b81106a73ed323050dc1b48235dd79abd87e46908ca19c860c0420cb55c91015b60405180910390a3505050565b73ffffffffffffffffffffffffffffffffffffffff8481165f9081526020818152604080832087845290915290206001810154909181169074010000000000000000000000000000000000000000810467ffffffffffffffff16907c0100000000000000000000000000000000000000000000000000000000900463ffffffff16826103c7576103c48888610657565b92505b3373ffffffffffffffffffffffffffffffffffffffff841614610418576040517ffa5cd00f000000000000000000000000000000000000000000000000000000008152336004820152602401610248565b67ffffffffffffffff8616158061042d575084155b15610464576040517ff456040300000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b8167ffffffffffffffff168667ffffffffffffffff1610156104c6576040517f597aff4000000000000000000000000000000000000000000000000000000000815267ffffffffffffffff808416600483015287166024820152604401610248565b835467ffffffffffffffff808416908816036105395780861461052f576040517f67b17bad00000000000000000000000000000000000000000000000000000000815267ffffffffffffffff881660048201526024810182905260448101879052606401610248565b5050505050610651565b60018501805473ffffffffffffffffffffffffffffffffffffffff9081167c01000000000000000000000000000000000000000000000000000000004363ffffffff908116919091027fffffffff0000000000000000ffffffffffffffffffffffffffffffffffffffff16919091177401000000000000000000000000000000000000000067ffffffffffffffff8c8116918202929092177fffffffffffffffffffffffff00000000000000000000000000000000000000001689851617909455898955604080518b81529188166020830152810185905290851660608201528a918c16907f8ec3c4639d09390e556bcccc6f80fe373aef2f6c9fa44d74bf6e351d2061063e9060800160405180910390a450505050505b50505050565b73ffffffffffffffffffffffffffffffffffffffff8083165f90815260016020908152604080832085845290915281205490911680156106975780610699565b835b949350505050565b6106ab8383610657565b73ffffffffffffffffffffffffffffffffffffffff163373ffffffffffffffffffffffffffffffffffffffff1614610711576040517ffa5cd00f000000000000000000000000000000000000000000000000000000008152336004820152602401610248565b73ffffffffffffffffffffffffffffffffffffffff8381165f81815260026020908152604080832087845282529182902080547fffffffffffffffffffffffff0000000000000000000000000000000000000000169486169485179055905192835284927fd6c8aebca19cb8ab7d7dc1a1bdab3c904cdc4b64db6469dbaece4a374ec868729101610327565b73ffffffffffffffffffffffffffffffffffffffff8281165f908152600260209081526040808320858452909152902054163314610809576040517ffa5cd00f000000000000000000000000000000000000000000000000000000008152336004820152602401610248565b73ffffffffffffffffffffffffffffffffffffffff82165f818152600260209081526040808320858452825280832080547fffffffffffffffffffffffff000000000000000000000000000000000000000090811690915584845260018084528285208786528452828520805433908416811790915586865285855283862088875285529483902001805490911684179055519182528392917fe3ca271fce3714c08725bdf0eeccbbb989d70211bd3194dfe1895debc2a4de86910160405180910390a3604051338152819073ffffffffffffffffffffffffffffffffffffffff8416907fd2e52b81106a73ed323050dc1b48235dd79abd87e46908ca19c860c0420cb55c9060200160405180910390a35050565b803573ffffffffffffffffffffffffffffffffffffffff81168114610941575f5ffd5b919050565b5f5f5f60608486031215610958575f5ffd5b6109618461091e565b9250602084013591506109766040850161091e565b90509250925092565b5f5f5f5f60808587031215610992575f5ffd5b61099b8561091e565b935060208501359250604085013567ffffffffffffffff811681146109be575f5ffd5b9396929550929360600135925050565b5f5f604083850312156109df575f5ffd5b6109e88361091e565b94602093909301359350505056",
}

// AnchorRegistry is an auto generated Go binding around an Ethereum contract.
type AnchorRegistry struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *AnchorRegistry) GetABI() abi.ABI {
	return c.abi
}

// NewAnchorRegistry creates a new instance of AnchorRegistry.
func NewAnchorRegistry() *AnchorRegistry {
	parsed, err := AnchorRegistryMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &AnchorRegistry{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *AnchorRegistry) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackAnchor is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x30ecee5f.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function anchor(address account, bytes32 origin, uint64 size, bytes32 root) returns()
func (anchorRegistry *AnchorRegistry) PackAnchor(account common.Address, origin [32]byte, size uint64, root [32]byte) []byte {
	enc, err := anchorRegistry.abi.Pack("anchor", account, origin, size, root)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAnchor is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x30ecee5f.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function anchor(address account, bytes32 origin, uint64 size, bytes32 root) returns()
func (anchorRegistry *AnchorRegistry) TryPackAnchor(account common.Address, origin [32]byte, size uint64, root [32]byte) ([]byte, error) {
	return anchorRegistry.abi.Pack("anchor", account, origin, size, root)
}

// PackAppoint is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x14b7865a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function appoint(address account, bytes32 origin, address signer) returns()
func (anchorRegistry *AnchorRegistry) PackAppoint(account common.Address, origin [32]byte, signer common.Address) []byte {
	enc, err := anchorRegistry.abi.Pack("appoint", account, origin, signer)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAppoint is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x14b7865a.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function appoint(address account, bytes32 origin, address signer) returns()
func (anchorRegistry *AnchorRegistry) TryPackAppoint(account common.Address, origin [32]byte, signer common.Address) ([]byte, error) {
	return anchorRegistry.abi.Pack("appoint", account, origin, signer)
}

// PackControllerOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9cc1a773.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function controllerOf(address account, bytes32 origin) view returns(address)
func (anchorRegistry *AnchorRegistry) PackControllerOf(account common.Address, origin [32]byte) []byte {
	enc, err := anchorRegistry.abi.Pack("controllerOf", account, origin)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackControllerOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9cc1a773.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function controllerOf(address account, bytes32 origin) view returns(address)
func (anchorRegistry *AnchorRegistry) TryPackControllerOf(account common.Address, origin [32]byte) ([]byte, error) {
	return anchorRegistry.abi.Pack("controllerOf", account, origin)
}

// UnpackControllerOf is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x9cc1a773.
//
// Solidity: function controllerOf(address account, bytes32 origin) view returns(address)
func (anchorRegistry *AnchorRegistry) UnpackControllerOf(data []byte) (common.Address, error) {
	out, err := anchorRegistry.abi.Unpack("controllerOf", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackHeadOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xcc92a9ed.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function headOf(address account, bytes32 origin) view returns(uint64 size, bytes32 root, uint32 atBlock, address signer)
func (anchorRegistry *AnchorRegistry) PackHeadOf(account common.Address, origin [32]byte) []byte {
	enc, err := anchorRegistry.abi.Pack("headOf", account, origin)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackHeadOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xcc92a9ed.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function headOf(address account, bytes32 origin) view returns(uint64 size, bytes32 root, uint32 atBlock, address signer)
func (anchorRegistry *AnchorRegistry) TryPackHeadOf(account common.Address, origin [32]byte) ([]byte, error) {
	return anchorRegistry.abi.Pack("headOf", account, origin)
}

// HeadOfOutput serves as a container for the return parameters of contract
// method HeadOf.
type HeadOfOutput struct {
	Size    uint64
	Root    [32]byte
	AtBlock uint32
	Signer  common.Address
}

// UnpackHeadOf is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xcc92a9ed.
//
// Solidity: function headOf(address account, bytes32 origin) view returns(uint64 size, bytes32 root, uint32 atBlock, address signer)
func (anchorRegistry *AnchorRegistry) UnpackHeadOf(data []byte) (HeadOfOutput, error) {
	out, err := anchorRegistry.abi.Unpack("headOf", data)
	outstruct := new(HeadOfOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Size = *abi.ConvertType(out[0], new(uint64)).(*uint64)
	outstruct.Root = *abi.ConvertType(out[1], new([32]byte)).(*[32]byte)
	outstruct.AtBlock = *abi.ConvertType(out[2], new(uint32)).(*uint32)
	outstruct.Signer = *abi.ConvertType(out[3], new(common.Address)).(*common.Address)
	return *outstruct, nil
}

// PackOffer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb92cb276.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function offer(address account, bytes32 origin, address to) returns()
func (anchorRegistry *AnchorRegistry) PackOffer(account common.Address, origin [32]byte, to common.Address) []byte {
	enc, err := anchorRegistry.abi.Pack("offer", account, origin, to)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackOffer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb92cb276.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function offer(address account, bytes32 origin, address to) returns()
func (anchorRegistry *AnchorRegistry) TryPackOffer(account common.Address, origin [32]byte, to common.Address) ([]byte, error) {
	return anchorRegistry.abi.Pack("offer", account, origin, to)
}

// PackTake is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe9c7daf5.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function take(address account, bytes32 origin) returns()
func (anchorRegistry *AnchorRegistry) PackTake(account common.Address, origin [32]byte) []byte {
	enc, err := anchorRegistry.abi.Pack("take", account, origin)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackTake is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe9c7daf5.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function take(address account, bytes32 origin) returns()
func (anchorRegistry *AnchorRegistry) TryPackTake(account common.Address, origin [32]byte) ([]byte, error) {
	return anchorRegistry.abi.Pack("take", account, origin)
}

// AnchorRegistryAnchored represents a Anchored event raised by the AnchorRegistry contract.
type AnchorRegistryAnchored struct {
	Account       common.Address
	Origin        [32]byte
	Size          uint64
	Root          [32]byte
	PreviousSize  uint64
	PreviousRoot  [32]byte
	PreviousBlock uint32
	Raw           *types.Log // Blockchain specific contextual infos
}

const AnchorRegistryAnchoredEventName = "Anchored"

// ContractEventName returns the user-defined event name.
func (AnchorRegistryAnchored) ContractEventName() string {
	return AnchorRegistryAnchoredEventName
}

// UnpackAnchoredEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Anchored(address indexed account, bytes32 indexed origin, uint64 indexed size, bytes32 root, uint64 previousSize, bytes32 previousRoot, uint32 previousBlock)
func (anchorRegistry *AnchorRegistry) UnpackAnchoredEvent(log *types.Log) (*AnchorRegistryAnchored, error) {
	event := "Anchored"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != anchorRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(AnchorRegistryAnchored)
	if len(log.Data) > 0 {
		if err := anchorRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range anchorRegistry.abi.Events[event].Inputs {
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

// AnchorRegistryControlOffered represents a ControlOffered event raised by the AnchorRegistry contract.
type AnchorRegistryControlOffered struct {
	Account common.Address
	Origin  [32]byte
	To      common.Address
	Raw     *types.Log // Blockchain specific contextual infos
}

const AnchorRegistryControlOfferedEventName = "ControlOffered"

// ContractEventName returns the user-defined event name.
func (AnchorRegistryControlOffered) ContractEventName() string {
	return AnchorRegistryControlOfferedEventName
}

// UnpackControlOfferedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event ControlOffered(address indexed account, bytes32 indexed origin, address to)
func (anchorRegistry *AnchorRegistry) UnpackControlOfferedEvent(log *types.Log) (*AnchorRegistryControlOffered, error) {
	event := "ControlOffered"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != anchorRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(AnchorRegistryControlOffered)
	if len(log.Data) > 0 {
		if err := anchorRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range anchorRegistry.abi.Events[event].Inputs {
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

// AnchorRegistryControlTaken represents a ControlTaken event raised by the AnchorRegistry contract.
type AnchorRegistryControlTaken struct {
	Account    common.Address
	Origin     [32]byte
	Controller common.Address
	Raw        *types.Log // Blockchain specific contextual infos
}

const AnchorRegistryControlTakenEventName = "ControlTaken"

// ContractEventName returns the user-defined event name.
func (AnchorRegistryControlTaken) ContractEventName() string {
	return AnchorRegistryControlTakenEventName
}

// UnpackControlTakenEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event ControlTaken(address indexed account, bytes32 indexed origin, address controller)
func (anchorRegistry *AnchorRegistry) UnpackControlTakenEvent(log *types.Log) (*AnchorRegistryControlTaken, error) {
	event := "ControlTaken"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != anchorRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(AnchorRegistryControlTaken)
	if len(log.Data) > 0 {
		if err := anchorRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range anchorRegistry.abi.Events[event].Inputs {
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

// AnchorRegistrySignerAppointed represents a SignerAppointed event raised by the AnchorRegistry contract.
type AnchorRegistrySignerAppointed struct {
	Account common.Address
	Origin  [32]byte
	Signer  common.Address
	Raw     *types.Log // Blockchain specific contextual infos
}

const AnchorRegistrySignerAppointedEventName = "SignerAppointed"

// ContractEventName returns the user-defined event name.
func (AnchorRegistrySignerAppointed) ContractEventName() string {
	return AnchorRegistrySignerAppointedEventName
}

// UnpackSignerAppointedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event SignerAppointed(address indexed account, bytes32 indexed origin, address signer)
func (anchorRegistry *AnchorRegistry) UnpackSignerAppointedEvent(log *types.Log) (*AnchorRegistrySignerAppointed, error) {
	event := "SignerAppointed"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != anchorRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(AnchorRegistrySignerAppointed)
	if len(log.Data) > 0 {
		if err := anchorRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range anchorRegistry.abi.Events[event].Inputs {
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
func (anchorRegistry *AnchorRegistry) UnpackError(raw []byte) (any, error) {
	if bytes.Equal(raw[:4], anchorRegistry.abi.Errors["Conflict"].ID.Bytes()[:4]) {
		return anchorRegistry.UnpackConflictError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchorRegistry.abi.Errors["NotAllowed"].ID.Bytes()[:4]) {
		return anchorRegistry.UnpackNotAllowedError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchorRegistry.abi.Errors["Smaller"].ID.Bytes()[:4]) {
		return anchorRegistry.UnpackSmallerError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchorRegistry.abi.Errors["Zero"].ID.Bytes()[:4]) {
		return anchorRegistry.UnpackZeroError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// AnchorRegistryConflict represents a Conflict error raised by the AnchorRegistry contract.
type AnchorRegistryConflict struct {
	Size  uint64
	Held  [32]byte
	Given [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error Conflict(uint64 size, bytes32 held, bytes32 given)
func AnchorRegistryConflictErrorID() common.Hash {
	return common.HexToHash("0x67b17badcb35458062c32a45f2b991dc1a027c551bb0608973087f3554cc2f00")
}

// UnpackConflictError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error Conflict(uint64 size, bytes32 held, bytes32 given)
func (anchorRegistry *AnchorRegistry) UnpackConflictError(raw []byte) (*AnchorRegistryConflict, error) {
	out := new(AnchorRegistryConflict)
	if err := anchorRegistry.abi.UnpackIntoInterface(out, "Conflict", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// AnchorRegistryNotAllowed represents a NotAllowed error raised by the AnchorRegistry contract.
type AnchorRegistryNotAllowed struct {
	Caller common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotAllowed(address caller)
func AnchorRegistryNotAllowedErrorID() common.Hash {
	return common.HexToHash("0xfa5cd00ff5c4577b9857716999b0b260131d9f5bcbb69f0fa80d6ba972753c88")
}

// UnpackNotAllowedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotAllowed(address caller)
func (anchorRegistry *AnchorRegistry) UnpackNotAllowedError(raw []byte) (*AnchorRegistryNotAllowed, error) {
	out := new(AnchorRegistryNotAllowed)
	if err := anchorRegistry.abi.UnpackIntoInterface(out, "NotAllowed", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// AnchorRegistrySmaller represents a Smaller error raised by the AnchorRegistry contract.
type AnchorRegistrySmaller struct {
	Held  uint64
	Given uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error Smaller(uint64 held, uint64 given)
func AnchorRegistrySmallerErrorID() common.Hash {
	return common.HexToHash("0x597aff40e58a9ec19655d1cbd1c7eb31efdcb7cad644fa4850b97fde4ba6cc41")
}

// UnpackSmallerError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error Smaller(uint64 held, uint64 given)
func (anchorRegistry *AnchorRegistry) UnpackSmallerError(raw []byte) (*AnchorRegistrySmaller, error) {
	out := new(AnchorRegistrySmaller)
	if err := anchorRegistry.abi.UnpackIntoInterface(out, "Smaller", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// AnchorRegistryZero represents a Zero error raised by the AnchorRegistry contract.
type AnchorRegistryZero struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error Zero()
func AnchorRegistryZeroErrorID() common.Hash {
	return common.HexToHash("0xf4560403888256621a13abd81f4930ecb469c609f6317e1dd2ee34fe69293e1b")
}

// UnpackZeroError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error Zero()
func (anchorRegistry *AnchorRegistry) UnpackZeroError(raw []byte) (*AnchorRegistryZero, error) {
	out := new(AnchorRegistryZero)
	if err := anchorRegistry.abi.UnpackIntoInterface(out, "Zero", raw); err != nil {
		return nil, err
	}
	return out, nil
}
