// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Every file that fuzzing found is still refused, and with the same sentence.
class CorpusTest {
  static Stream<Arguments> files() {
    return Stream.of("safetensors", "zip", "pickle", "instructions", "old-form")
        .flatMap(name -> Corpus.load(name).stream().map(file -> Arguments.of(name, file)));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("files")
  void isRefusedAsBefore(String name, Corpus.Refused refused) {
    assertThatExceptionOfType(WeightsException.class)
        .isThrownBy(() -> {
          try (TensorStore store =
              name.equals("safetensors")
                  ? Safetensors.read("fuzzed", refused.file())
                  : TorchCheckpoints.read("fuzzed", refused.file())) {
            for (String tensor : store.names()) {
              read(Objects.requireNonNull(store.find(tensor)));
            }
          }
        })
        .withMessage(refused.sentence());
  }

  private static void read(StoredTensor tensor) {
    int size = Math.toIntExact(tensor.size());
    if (tensor.type().isFloat()) {
      tensor.read(0, new float[size], 0, size);
    } else if (tensor.type().isInteger() && tensor.type() != StoredType.U64) {
      tensor.read(0, new long[size], 0, size);
    }
  }
}
