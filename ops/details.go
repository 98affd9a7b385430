package ops

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Details are the facts of an event under their names, in the order in which they are to be shown. In JSON
// they are one object.
type Details []Detail

// A Detail is one fact. Its Value is what encoding/json can write; nil stands for what is not known.
type Detail struct {
	Name  string
	Value any
}

// Get returns the value of that name, nil if there is none.
func (d Details) Get(name string) any {
	for _, one := range d {
		if one.Name == name {
			return one.Value
		}
	}
	return nil
}

// MarshalJSON writes one object, in order.
func (d Details) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, one := range d {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(one.Name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(one.Value)
		if err != nil {
			return nil, fmt.Errorf("detail %s: %w", one.Name, err)
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads one object, and keeps its order.
func (d *Details) UnmarshalJSON(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("details are no JSON object (%v)", err)
	}
	*d = nil
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		one := Detail{Name: fmt.Sprint(name)}
		if err := dec.Decode(&one.Value); err != nil {
			return err
		}
		*d = append(*d, one)
	}
	return nil
}
