// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.torch;

import dev.hubble.weights.torch.Values.None;
import dev.hubble.weights.torch.Values.Opaque;
import dev.hubble.weights.torch.Values.Row;
import dev.hubble.weights.torch.Values.Storage;
import dev.hubble.weights.torch.Values.Symbol;
import dev.hubble.weights.torch.Values.Table;
import dev.hubble.weights.torch.Values.Tuple;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Reads a pickle as data.
///
/// Python's own interpreter imports what a pickle names and calls it, which is how a file of
/// weights can run a program. This one has no way to: a name stays a name ([Symbol]), and a call is
/// looked up in the short list of [Meanings] or becomes an [Opaque] value that says who wanted to
/// make it.
///
/// It knows the instructions that PyTorch's `weights_only` loading knows, and those that newer
/// pickle protocols put in their place.
final class Unpickler {
  private static final int HIGHEST_PROTOCOL = 5;

  /// A model with the whole state of its trainer takes some hundred thousand.
  private static final int MOST_STEPS = 1 << 22;

  private final PickleInput input;
  private final PickleStack stack;
  private final Meanings meanings;
  private final Map<String, Storage> storages;

  Unpickler(PickleInput input) {
    this(input, new HashMap<>());
  }

  /// Reads a pickle and collects in `storages` those that it mentions, by key.
  Unpickler(PickleInput input, Map<String, Storage> storages) {
    this.input = input;
    this.stack = new PickleStack(input);
    this.meanings = new Meanings(input);
    this.storages = storages;
  }

  /// Reads to the end of the pickle.
  Object read() {
    for (int step = 0; step < MOST_STEPS; step++) {
      int op = input.u8();
      if (op == '.') {
        return stack.result();
      }
      if (!constant(op) && !collection(op) && !memo(op)) {
        call(op);
      }
    }
    throw input.broken("there is no end after " + MOST_STEPS + " steps");
  }

  /// Numbers and texts.
  private boolean constant(int op) {
    switch (op) {
      case 'N' -> stack.push(None.NONE);
      case 0x88 -> stack.push(true);
      case 0x89 -> stack.push(false);
      case 'J' -> stack.push((long) input.i32());
      case 'K' -> stack.push((long) input.u8());
      case 'M' -> stack.push((long) input.u16());
      case 0x8a -> stack.push(input.longInteger());
      case 'G' -> stack.push(input.f64());
      case 'X' -> stack.push(input.text(input.u32()));
      case 0x8c -> stack.push(input.text(input.u8()));
      case 0x8d -> stack.push(input.text(input.u64()));
      case 'U' -> stack.push(input.byteText(input.u8()));
      case 'B' -> bytes(input.u32());
      case 'C' -> bytes(input.u8());
      case 0x8e, 0x96 -> bytes(input.u64());
      default -> {
        return false;
      }
    }
    return true;
  }

  private void bytes(long size) {
    input.skip(size);
    stack.push(new Opaque("it is a row of bytes"));
  }

  /// Tuples, lists, tables and sets.
  private boolean collection(int op) {
    switch (op) {
      case '(' -> stack.mark();
      case ')' -> stack.push(new Tuple(List.of()));
      case 't' -> stack.push(new Tuple(stack.sinceMark()));
      case 0x85 -> stack.push(stack.tuple(1));
      case 0x86 -> stack.push(stack.tuple(2));
      case 0x87 -> stack.push(stack.tuple(3));
      case ']', 0x8f -> stack.push(new Row());
      case '}' -> stack.push(new Table());
      case 0x91 -> stack.push(new Tuple(stack.sinceMark()));
      case 'a' -> {
        Object item = stack.pop();
        append(List.of(item));
      }
      case 'e', 0x90 -> append(stack.sinceMark());
      case 's' -> {
        Object value = stack.pop();
        Object key = stack.pop();
        put(List.of(key, value));
      }
      case 'u' -> put(stack.sinceMark());
      default -> {
        return false;
      }
    }
    return true;
  }

  private void append(List<Object> items) {
    switch (stack.top()) {
      case Row row -> row.items.addAll(items);
      case Opaque _ -> {}
      default -> throw input.broken("something is added to a value that is no list");
    }
  }

  private void put(List<Object> pairs) {
    if (pairs.size() % 2 != 0) {
      throw input.broken("a key has no value");
    }
    switch (stack.top()) {
      case Table table -> {
        for (int i = 0; i < pairs.size(); i += 2) {
          table.put(pairs.get(i), pairs.get(i + 1));
        }
      }
      case Opaque _ -> {}
      default -> throw input.broken("something is put into a value that is no table");
    }
  }

  private boolean memo(int op) {
    switch (op) {
      case 'q' -> stack.remember(input.u8());
      case 'r' -> stack.remember(input.u32());
      case 0x94 -> stack.remember();
      case 'h' -> stack.push(stack.recall(input.u8()));
      case 'j' -> stack.push(stack.recall(input.u32()));
      default -> {
        return false;
      }
    }
    return true;
  }

  /// What in Python would import, call or build something.
  private void call(int op) {
    long at = input.position() - 1;
    switch (op) {
      case 0x80 -> {
        int protocol = input.u8();
        if (protocol > HIGHEST_PROTOCOL) {
          throw input.broken("it is of the unknown protocol " + protocol);
        }
      }
      // How many bytes follow in one piece is for readers of streams.
      case 0x95 -> input.skip(Long.BYTES);
      case 'c' -> stack.push(new Symbol(input.line() + "." + input.line(), at));
      case 0x93 -> {
        Object name = stack.pop();
        Object module = stack.pop();
        if (!(module instanceof String m) || !(name instanceof String n)) {
          throw input.broken("a symbol has no name");
        }
        stack.push(new Symbol(m + "." + n, at));
      }
      case 'Q' -> {
        Object outside = meanings.persistent(stack.pop(), at);
        if (outside instanceof Storage storage) {
          storages.put(storage.key(), storage);
        }
        stack.push(outside);
      }
      case 'R', 0x81 -> {
        Object arguments = stack.pop();
        Object function = stack.pop();
        stack.push(meanings.call(function, arguments, at));
      }
      case 0x92 -> {
        stack.pop();
        Object arguments = stack.pop();
        stack.push(meanings.call(stack.pop(), arguments, at));
      }
      case 'b' -> {
        Object state = stack.pop();
        stack.push(meanings.build(stack.pop(), state, at));
      }
      default ->
          throw input.broken(
              "there is the instruction 0x%02x, which PyTorch does not write".formatted(op));
    }
  }
}
