// Package token says what one identity is: the kinds of identifiers, the normal form of each, and what is no identifier
// at all but written where one belongs.
//
// It must not know keys, policies or events. Enter at [ByName] and [Normaliser.Append]; one [Normaliser] a goroutine.
// The idea: equal normal forms are one identity, so a form may bring writings together only where nobody else can be
// meant, and whatever changes a form raises [Domain.Form], which the keys of tokens are derived with.
package token
