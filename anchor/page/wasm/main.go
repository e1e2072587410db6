//go:build js && wasm

// Command wasm is the verifier as the page runs it in a browser: one function, tallystickVerify(file, keys,
// fingerprint), that returns the verdict as JSON. It reads no network, no clock and no storage.
package main

import (
	"syscall/js"

	"tallystick/anchor/page/answer"
)

func main() {
	js.Global().Set("tallystickVerify", js.FuncOf(func(_ js.Value, args []js.Value) any {
		if len(args) != 3 {
			return js.Null()
		}
		file := make([]byte, args[0].Length())
		js.CopyBytesToGo(file, args[0])
		return answer.For(file, args[1].String(), args[2].String())
	}))
	select {} // the page calls for as long as it is open
}
