// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.torch;

import dev.hubble.weights.data.Quoted;
import dev.hubble.weights.torch.Values.Opaque;
import dev.hubble.weights.torch.Values.Symbol;
import dev.hubble.weights.torch.Values.Table;
import dev.hubble.weights.torch.Values.TensorView;
import java.util.LinkedHashMap;
import java.util.Map;

/// Finds the weights in what a pickle holds.
///
/// A trainer's checkpoint has them under `state_dict`, beside its own affairs: how far it came, its
/// optimiser, its callbacks. Those are passed over, whatever they are.
final class StateDict {
  private static final String INNER = "state_dict";
  private static final int DEEPEST = 8;

  private StateDict() {}

  /// The tensors by name, in the order of the file.
  static Map<String, TensorView> find(String file, Object root) {
    Object found = root;
    for (int i = 0; i < DEEPEST; i++) {
      Object inner = found instanceof Table table ? table.get(INNER) : null;
      if (inner == null) {
        break;
      }
      found = inner;
    }
    if (!(found instanceof Table table)) {
      throw noTable(file, found);
    }
    Map<String, TensorView> tensors = new LinkedHashMap<>();
    table
        .items()
        .forEach((name, value) -> {
          if (value instanceof TensorView tensor) {
            tensors.put(name, tensor);
          } else if (name.indexOf('.') >= 0 && value instanceof Opaque opaque) {
            // A trainer keeps its affairs under plain words; a name with dots in it is a weight's.
            throw Broken.tensor(file, name, opaque.reason());
          } else if (name.indexOf('.') >= 0 && value instanceof Symbol symbol) {
            throw Broken.tensor(file, name, "it is only the name " + Quoted.of(symbol.name()));
          }
        });
    if (tensors.isEmpty()) {
      throw Broken.other(
          file, empty(table), "name a checkpoint of Stable Diffusion or a diffusers folder");
    }
    return tensors;
  }

  private static String empty(Table table) {
    return table.get("string_to_param") != null
        ? "is a textual inversion, one word that a model can be taught, and no model"
        : "holds no table of tensors";
  }

  private static RuntimeException noTable(String file, Object found) {
    String what =
        switch (found) {
          case Opaque opaque -> ": " + opaque.reason();
          case Symbol symbol -> " but only the name " + Quoted.of(symbol.name());
          case TensorView _ -> " but a single tensor";
          default -> "";
        };
    return Broken.other(
        file,
        "holds no table of weights" + what,
        "save the state_dict of the model, or use a safetensors version");
  }
}
