// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.torch;

import dev.hubble.weights.StoredType;
import dev.hubble.weights.data.Quoted;
import dev.hubble.weights.torch.Values.None;
import dev.hubble.weights.torch.Values.Opaque;
import dev.hubble.weights.torch.Values.Storage;
import dev.hubble.weights.torch.Values.Symbol;
import dev.hubble.weights.torch.Values.Table;
import dev.hubble.weights.torch.Values.TensorView;
import dev.hubble.weights.torch.Values.Tuple;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The few calls in a pickle that mean something here: those from which tensors and tables are
/// made. Each is described by its result; nothing of the kind that Python would do is done.
final class Meanings {
  /// More axes than anybody uses.
  private static final int MOST_AXES = 64;

  private final PickleInput input;

  Meanings(PickleInput input) {
    this.input = input;
  }

  /// What a call would give.
  Object call(Object function, Object arguments, long at) {
    if (!(arguments instanceof Tuple tuple)) {
      throw input.broken("something is called without a list of arguments");
    }
    return switch (function) {
      case Symbol symbol -> call(symbol, tuple.items, at);
      case Opaque opaque -> opaque;
      default -> throw input.broken("something is called that is no function");
    };
  }

  private Object call(Symbol symbol, List<Object> arguments, long at) {
    return switch (symbol.name()) {
      case "collections.OrderedDict" -> arguments.isEmpty() ? new Table() : unknown(symbol, at);
      // What older versions of the web UI keep a learned word in.
      case "torch.nn.modules.container.ParameterDict" ->
          arguments.isEmpty() ? new Table() : unknown(symbol, at);
      case "torch.Size" ->
          arguments.size() == 1 && arguments.getFirst() instanceof Tuple sizes
              ? sizes
              : unknown(symbol, at);
      case "torch._utils._rebuild_tensor" -> tensor(symbol, arguments, 4, 4, at);
      case "torch._utils._rebuild_tensor_v2" -> tensor(symbol, arguments, 6, 7, at);
      case "torch._utils._rebuild_tensor_v3" -> tensor(symbol, arguments, 7, 8, at);
      case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state" ->
          !arguments.isEmpty() && arguments.getFirst() instanceof TensorView tensor
              ? tensor
              : unknown(symbol, at);
      case "torch._tensor._rebuild_from_type_v2" -> rebuilt(symbol, arguments, at);
      default -> unknown(symbol, at);
    };
  }

  private static Opaque unknown(Symbol symbol, long at) {
    return new Opaque(
        "it is to be made by %s at byte %d of the pickle, which Hubble does not run"
            .formatted(Quoted.of(symbol.name()), at));
  }

  /// A subclass of tensors, and the call that makes the tensor.
  private Object rebuilt(Symbol symbol, List<Object> arguments, long at) {
    boolean known =
        arguments.size() == 4
            && arguments.getFirst() instanceof Symbol inner
            && inner.name().startsWith("torch._utils._rebuild_");
    return known ? call(arguments.getFirst(), arguments.get(2), at) : unknown(symbol, at);
  }

  private static Object tensor(
      Symbol symbol, List<Object> arguments, int fewest, int most, long at) {
    if (!arguments.isEmpty() && arguments.getFirst() instanceof Opaque storage) {
      return storage;
    }
    if (arguments.size() < fewest
        || arguments.size() > most
        || !(arguments.get(0) instanceof Storage storage)
        || !(arguments.get(1) instanceof Long first)) {
      return bad(symbol, at, "its arguments are not those of a tensor");
    }
    List<Long> shape = sizes(arguments.get(2));
    List<Long> strides = sizes(arguments.get(3));
    if (shape == null || strides == null || shape.size() != strides.size() || first < 0) {
      return bad(symbol, at, "its shape or its strides are no sizes");
    }
    Object dtype = fewest == 7 ? arguments.get(6) : new Symbol(storage.className(), at);
    StoredType type =
        !(dtype instanceof Symbol name)
            ? null
            : fewest == 7 ? Dtypes.of(name.name()) : Dtypes.ofStorage(name.name());
    if (type == null) {
      String of = dtype instanceof Symbol name ? name.name() : "no known type";
      return bad(symbol, at, "its numbers are of " + Quoted.of(of));
    }
    return new TensorView(storage, type, first, shape, strides);
  }

  private static Opaque bad(Symbol symbol, long at, String problem) {
    return new Opaque(
        "%s, in the call of %s at byte %d of the pickle".formatted(problem, symbol.name(), at));
  }

  private static @Nullable List<Long> sizes(Object value) {
    if (!(value instanceof Tuple tuple) || tuple.items.size() > MOST_AXES) {
      return null;
    }
    List<Long> sizes = new ArrayList<>();
    for (Object item : tuple.items) {
      if (!(item instanceof Long size) || size < 0) {
        return null;
      }
      sizes.add(size);
    }
    return sizes;
  }

  /// What lies outside the pickle: a storage, as `('storage', class, key, location, elements)`. In
  /// files before 1.6 a sixth element may name a part of it, `(key, first, elements)`.
  Object persistent(Object id, long at) {
    if (!(id instanceof Tuple tuple)
        || tuple.items.size() < 5
        || tuple.items.size() > 6
        || !"storage".equals(tuple.items.get(0))) {
      return new Opaque(
          "it lies outside the pickle and is no storage, at byte %d of the pickle".formatted(at));
    }
    List<Object> items = tuple.items;
    if (!(items.get(1) instanceof Symbol symbol)
        || !Dtypes.isStorage(symbol.name())
        || !(items.get(2) instanceof String key)
        || !(items.get(4) instanceof Long elements)
        || elements < 0) {
      String of = items.get(1) instanceof Symbol name ? Quoted.of(name.name()) : "unknown type";
      return new Opaque(
          "it is a storage of %s at byte %d of the pickle, which Hubble does not know"
              .formatted(of, at));
    }
    if (items.size() == 5 || items.get(5) instanceof None) {
      return new Storage(symbol.name(), key, elements, 0, elements);
    }
    if (items.get(5) instanceof Tuple part
        && part.items.size() == 3
        && part.items.get(1) instanceof Long from
        && part.items.get(2) instanceof Long count
        && from >= 0
        && count >= 0
        && from <= elements
        && count <= elements - from) {
      return new Storage(symbol.name(), key, elements, from, count);
    }
    return new Opaque("its storage is a part that is not there, at byte " + at + " of the pickle");
  }

  /// What a value is once it has been given a state. A table has a note of its maker's version as
  /// its state, which nobody needs, unless it is a module that keeps its tensors there; a tensor
  /// does not change.
  Object build(Object value, Object state, long at) {
    return switch (value) {
      case Table table -> {
        if (state instanceof Table fields && fields.get("_parameters") instanceof Table own) {
          own.items().forEach(table::put);
        }
        yield table;
      }
      case Opaque opaque -> opaque;
      case Symbol symbol -> unknown(symbol, at);
      case TensorView tensor when state instanceof None || state instanceof Table -> tensor;
      default -> new Opaque("it is changed after it was made, at byte " + at + " of the pickle");
    };
  }
}
