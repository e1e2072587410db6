// Command quality measures how well claims are scored: on public data from the folder of DATA, on splits by time and by
// chance, each beside the figure that interpret-core reached on the very same rows; and how well rings of the generator
// are found. It fails below its gates. It runs the built program as a person does; without the folder it says so.
package main
