// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.HubbleException;
import org.junit.jupiter.api.Test;

class InfoCommandTest extends CommandLineTest {
  @Test
  void showsWhatAModelIs() {
    assertThat(run("info", "some/model")).isZero();
    assertThat(out().lines())
        .containsExactly(
            "model      some/model",
            "hash       0123456789",
            "scheduler  PNDMScheduler",
            "size       128x64",
            "",
            "tokenizer  CLIPTokenizer",
            "",
            "unet  UNet",
            "  file        u.safetensors",
            "  tensors     3 (1 F16, 2 F32)",
            "  parameters  1,234,567",
            "  weights     2.4 MiB");
  }

  @Test
  void needsAModel() {
    assertThat(run("info")).isEqualTo(2);
    assertThat(err()).contains("M");
    assertThat(run("info", "a", "b")).isEqualTo(2);
    assertThat(err()).contains("an argument too many: b");
  }

  @Test
  void passesOnThatThereIsNoModel() {
    engine.failure = new HubbleException.Model("There is no model x.");
    assertThat(run("info", "x")).isEqualTo(1);
    assertThat(err()).startsWith("There is no model x.");
  }
}
