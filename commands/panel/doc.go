// Package panel says what a graph shows: which series of the history it is made of, how they come together, and what
// happened meanwhile. A [Set] has the panels of a host: those that every host has, one for each unit and probe that there
// are samples of, and those of the config. The history keeps no graphs and the drawing knows no series; here they meet.
package panel
