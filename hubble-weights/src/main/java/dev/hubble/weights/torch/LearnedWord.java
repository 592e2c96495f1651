// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.torch;

import dev.hubble.weights.LearnedWordFile;
import dev.hubble.weights.torch.Values.Table;
import dev.hubble.weights.torch.Values.TensorView;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A textual inversion as AUTOMATIC1111's web UI writes it: the vectors in a table under
/// `string_to_param`, mostly as `*`, and the word as `name`.
final class LearnedWord {
  private LearnedWord() {}

  private static @Nullable Table parameters(Object root) {
    return root instanceof Table table && table.get("string_to_param") instanceof Table own
        ? own
        : null;
  }

  static boolean isOne(Object root) {
    return parameters(root) != null;
  }

  /// Its tensors; anything else in the table is passed over.
  static Map<String, TensorView> tensors(Object root) {
    var tensors = new LinkedHashMap<String, TensorView>();
    var parameters = parameters(root);
    if (parameters != null) {
      parameters
          .items()
          .forEach((name, value) -> {
            if (value instanceof TensorView view) {
              tensors.put(LearnedWordFile.WEB_PREFIX + name, view);
            }
          });
    }
    return tensors;
  }

  /// The word, if it is there.
  static Map<String, String> metadata(Object root) {
    return root instanceof Table table && table.get("name") instanceof String name
        ? Map.of("name", name)
        : Map.of();
  }
}
