package analytics

import "tallystick/claim/fields"

// The open fields of an event that have columns of their own.
const (
	fieldStage = iota
	fieldOutcome
	fieldRecorded
	fieldInception
	fieldExpiry
	fieldLossTime
	fieldReported
	fieldCause
	fieldSeverity
	fieldCity
	fieldRegion
	fieldCountry
	fieldClaimed
	fieldClaimedCurrency
	fieldEstimate
	fieldEstimateCurrency
	fieldReserve
	fieldReserveCurrency
	fieldPaid
	fieldPaidCurrency
	openFields
)

// openPaths says where they stand in the event.
var openPaths = [openFields]string{
	"stage", "outcome", "recorded", "policy.inception", "policy.expiry", "loss.time", "loss.reported", "loss.cause",
	"loss.severity",
	"loss.place.city", "loss.place.region", "loss.place.country",
	"amounts.claimed.amount", "amounts.claimed.currency", "amounts.estimate.amount", "amounts.estimate.currency",
	"amounts.reserve.amount", "amounts.reserve.currency", "amounts.paid.amount", "amounts.paid.currency",
}

// openSlots has, by number of the registry, one more than the place in openPaths; 0 for a field without a column.
var openSlots = func() []uint8 {
	all := fields.All()
	slots := make([]uint8, all[len(all)-1].Number+1)
	for i, path := range openPaths {
		slots[fields.ByPath(path).Number] = uint8(i + 1) // a test looks at each
	}
	return slots
}()

func openSlot(n fields.Number) uint8 { return openSlots[n] }
