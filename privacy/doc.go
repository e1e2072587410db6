// Package privacy turns a clear claim event into what may be kept: tokens, sealed values and open fields.
//
// It knows the shape of an event only through its field policy, and nothing of fraud, Kafka or ClickHouse; where keys
// come from it learns through [Keys]. Enter at [New], give each worker its own [Protection.Protector], and call
// [Protector.Protect] once an event. The idea: what the policy does not name is sealed, and what is sealed here cannot
// be opened here. [Protection], [Policy], [Minutes], [InsurerKeys] and [Intake] may be shared; a [Protector] may not.
package privacy
