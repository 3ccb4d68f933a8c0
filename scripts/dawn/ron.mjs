// Rusty object notation, as wgpu's tracing writes it, in JavaScript's values.
//
// `Some(x)` is x, `None` null, `(a, b)` and `[a, b]` arrays, `(name: a)` and `{"name": a}` objects, an enum's bare variant its name (as is
// `r#name`), and `Variant(…)` an object { variant, of } whose `of` is an array or an object.

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  fail(wanted) {
    const line = this.text.slice(0, this.at).split('\n').length;
    throw new Error(`line ${line}: ${wanted}, not ${JSON.stringify(this.text.slice(this.at, this.at + 20))}`);
  }

  // What a sticky pattern matches here, past white space; null if it does not.
  match(pattern) {
    const space = /\s*/y;
    space.lastIndex = this.at;
    space.exec(this.text);
    pattern.lastIndex = space.lastIndex;
    const found = pattern.exec(this.text);
    if (found) this.at = pattern.lastIndex;
    return found && found[0];
  }

  need(pattern, wanted) {
    return this.match(pattern) ?? this.fail(wanted);
  }

  // Items up to a closing bracket; a comma may follow the last.
  items(close, item) {
    while (!this.match(close)) {
      item();
      if (!this.match(/,/y)) {
        this.need(close, 'a comma or a closing bracket');
        break;
      }
    }
  }

  list(close) {
    const values = [];
    this.items(close, () => values.push(this.value()));
    return values;
  }

  // After an opening parenthesis: a struct or a tuple.
  fields() {
    if (!/\s*[A-Za-z_]\w*\s*:/y.test(this.text.slice(this.at, this.at + 80))) return this.list(/\)/y);
    const fields = {};
    this.items(/\)/y, () => {
      const name = this.need(/[A-Za-z_]\w*/y, 'the name of a field');
      this.need(/:/y, 'a colon');
      fields[name] = this.value();
    });
    return fields;
  }

  map() {
    const entries = {};
    this.items(/\}/y, () => {
      const key = this.value();
      this.need(/:/y, 'a colon');
      entries[key] = this.value();
    });
    return entries;
  }

  value() {
    if (this.match(/\(/y)) return this.fields();
    if (this.match(/\[/y)) return this.list(/\]/y);
    if (this.match(/\{/y)) return this.map();
    const string = this.match(/"(?:[^"\\]|\\.)*"/y);
    if (string !== null) return JSON.parse(string.replace(/\\'/g, "'").replace(/\\0/g, '\\u0000'));
    const raw = this.match(/r#[\w.+-]+/y);
    if (raw !== null) return raw.slice(2);
    const number = this.match(/[-+]?(?:0x[0-9a-fA-F]+|[0-9][0-9_]*(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?)/y);
    if (number !== null) return Number(number.replaceAll('_', ''));
    const word = this.need(/[A-Za-z_]\w*/y, 'a value');
    if (word === 'true' || word === 'false') return word === 'true';
    if (word === 'None') return null;
    if (!this.match(/\(/y)) return word;
    if (word === 'Some') {
      const value = this.value();
      this.match(/,/y);
      this.need(/\)/y, 'a closing parenthesis');
      return value;
    }
    return { variant: word, of: this.fields() };
  }
}

export function parse(text) {
  const reader = new Reader(text);
  const value = reader.value();
  if (reader.need(/$/y, 'the end') !== '') reader.fail('the end');
  return value;
}
