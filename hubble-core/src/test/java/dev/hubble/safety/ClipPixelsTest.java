// SPDX-License-Identifier: Apache-2.0
package dev.hubble.safety;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.weights.Safetensors;
import java.awt.image.BufferedImage;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClipPixelsTest {
  private static int[] rgb(String name, int[] size) throws URISyntaxException {
    var resource = ClipPixelsTest.class.getResource("/reference/safety/expected.safetensors");
    try (var store = Safetensors.open(Path.of(Objects.requireNonNull(resource).toURI()))) {
      var tensor = Objects.requireNonNull(store.find(name));
      size[0] = (int) tensor.shape()[0];
      size[1] = (int) tensor.shape()[1];
      long[] values = new long[(int) tensor.size()];
      tensor.read(0, values, 0, values.length);
      int[] rgb = new int[values.length / 3];
      for (int i = 0; i < rgb.length; i++) {
        rgb[i] = (int) (values[3 * i] << 16 | values[3 * i + 1] << 8 | values[3 * i + 2]);
      }
      return rgb;
    }
  }

  /// Bit for bit: made smaller, larger, and left as it is.
  @ParameterizedTest
  @ValueSource(strings = {"wide", "small", "same", "gray"})
  void resizesLikePillow(String name) throws URISyntaxException {
    int[] size = new int[2];
    int[] source = rgb(name + ".picture", size);
    var image = new BufferedImage(size[1], size[0], BufferedImage.TYPE_INT_RGB);
    image.setRGB(0, 0, size[1], size[0], source, 0, size[1]);
    int[] square = ClipPixels.square(image, 56);
    int[] expected = rgb(name + ".square", size);
    for (int i = 0; i < square.length; i++) {
      square[i] &= 0xffffff;
    }
    assertThat(square).isEqualTo(expected);
  }
}
