// SPDX-License-Identifier: Apache-2.0
package dev.hubble.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.Generated;
import dev.hubble.Tokens;
import java.awt.image.BufferedImage;
import java.util.List;
import org.junit.jupiter.api.Test;

class ParametersTest {
  @Test
  void hasTheFormOfTheWebUi() {
    assertThat(text("a blue galaxy", "stars, text", 5, "hubble-mini"))
        .isEqualTo(
            """
            a blue galaxy
            Negative prompt: stars, text
            Steps: 25, Sampler: PLMS, CFG scale: 5, Seed: -7, Size: 128x64, \
            Model hash: 0123456789, Model: hubble-mini, Version: hubble 1.2.3\
            """);
  }

  @Test
  void leavesOutAnEmptyNegativePrompt() {
    assertThat(text("a", "", 7.5, "m")).startsWith("a\nSteps: 25,").contains("CFG scale: 7.5,");
  }

  @Test
  void keepsHubIdsAndHidesWhereAFolderLies() {
    assertThat(text("a", "", 5, "owner/name")).contains("Model: owner/name,");
    assertThat(text("a", "", 5, "/home/ann/models/mine/")).contains("Model: mine,");
    assertThat(text("a", "", 5, "../models/mine")).contains("Model: mine,");
    assertThat(text("a", "", 5, "C:\\models\\mine")).contains("Model: mine,");
  }

  @Test
  void quotesNamesThatHoldSeparators() {
    assertThat(text("a", "", 5, "/m/a, \"b\"")).contains("Model: \"a, \\\"b\\\"\", Version");
  }

  private static String text(String prompt, String negative, double guidance, String model) {
    var picture =
        new Generated.Picture(
            new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB), -7, prompt, negative);
    var generated =
        new Generated(
            List.of(picture),
            prompt,
            negative,
            new Tokens(List.of(), List.of(), 3, ""),
            25,
            guidance,
            "pndm",
            128,
            64,
            new Generated.ModelId(model, "0123456789"),
            "CPU",
            "f32",
            new Generated.Timings(0, 0, 0, List.of(), 0, 0));
    return Parameters.format(generated, picture, "1.2.3");
  }
}
