// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.model;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// The weights by formula are named and shaped as those in the published files, whose headers lie
/// in the resources.
class ShapesTest {
  @Test
  void unet() throws IOException {
    assertThat(shapes(FormulaWeights.unet())).isEqualTo(published("unet_head_shapes.json"));
    assertThat(parameters(FormulaWeights.unet())).isEqualTo(859_520_964);
  }

  @Test
  void vae() throws IOException {
    assertThat(shapes(FormulaWeights.vae())).isEqualTo(published("vae_head_shapes.json"));
    assertThat(parameters(FormulaWeights.vae())).isEqualTo(83_653_863);
  }

  @Test
  void textEncoder() {
    assertThat(FormulaWeights.textEncoder().names()).hasSize(196);
    assertThat(parameters(FormulaWeights.textEncoder())).isEqualTo(123_060_480);
  }

  private static long parameters(FormulaWeights weights) {
    return weights.names().stream().mapToLong(n -> requireNonNull(weights.find(n)).size()).sum();
  }

  private static Map<String, List<Long>> shapes(FormulaWeights weights) {
    var shapes = new TreeMap<String, List<Long>>();
    for (var name : weights.names()) {
      shapes.put(name, LongStream.of(requireNonNull(weights.find(name)).shape()).boxed().toList());
    }
    return shapes;
  }

  private static Map<String, List<Long>> published(String resource) throws IOException {
    try (var in = requireNonNull(ShapesTest.class.getResourceAsStream(resource))) {
      return JsonMapper.shared().readValue(in, new TypeReference<TreeMap<String, List<Long>>>() {});
    }
  }
}
