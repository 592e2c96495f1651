// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.Hires;
import dev.hubble.Latents;
import dev.hubble.Request;
import dev.hubble.Tiling;
import dev.hubble.VaeTiling;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/// The options for the less ordinary ways to draw.
class ModeOptionsTest extends CommandLineTest {
  private Request asked(String... options) {
    var arguments = new String[options.length + 1];
    arguments[0] = "a galaxy";
    System.arraycopy(options, 0, arguments, 1, options.length);
    assertThat(run(arguments)).as(err()).isZero();
    return engine.requests.getLast();
  }

  private void refused(int code, String part, String... options) {
    var arguments = new String[options.length + 1];
    arguments[0] = "a galaxy";
    System.arraycopy(options, 0, arguments, 1, options.length);
    assertThat(run(arguments)).isEqualTo(code);
    assertThat(err()).contains(part);
    assertThat(engine.requests).isEmpty();
  }

  @Test
  void everyOptionReachesTheRequest() throws IOException {
    Request galaxy = Request.of("a galaxy");
    assertThat(asked("--timesteps", "999,500,1")).isEqualTo(galaxy.timesteps(999, 500, 1));
    assertThat(asked("--sigmas", "14.6,1,0")).isEqualTo(galaxy.sigmas(14.6, 1, 0));
    assertThat(asked("--variation-seed", "5")).isEqualTo(galaxy.variation(5, 0.1));
    assertThat(asked("--variation-seed", "5", "--variation-strength", "0.3"))
        .isEqualTo(galaxy.variation(5, 0.3));
    assertThat(asked("--seed-size", "512x384")).isEqualTo(galaxy.seedSize(512, 384));
    assertThat(asked("--hires", "2")).isEqualTo(galaxy.hires(Hires.DEFAULT));
    assertThat(
            asked(
                "--hires",
                "1.5",
                "--hires-strength",
                "0.4",
                "--hires-steps",
                "9",
                "--hires-upscaler",
                "lanczos"))
        .isEqualTo(
            galaxy.hires(Hires.of(1.5).strength(0.4).steps(9).upscaler(Hires.Upscaler.LANCZOS)));
    assertThat(asked("--tiling", "x")).isEqualTo(galaxy.tiling(Tiling.X));
    assertThat(asked("--vae-tiling", "on")).isEqualTo(galaxy.vaeTiling(VaeTiling.ON));
    Files.writeString(folder.resolve("more.txt"), "a comet\n\n  the moon \n");
    assertThat(asked("--prompts", "more.txt")).isEqualTo(galaxy.and("a comet").and("the moon"));
    var latents = Latents.of(new float[] {1, 2, 3, 4}, 1, 1, 1);
    latents.write(folder.resolve("l.safetensors"));
    assertThat(asked("--latents", "l.safetensors")).isEqualTo(galaxy.latents(latents));
    assertThat(asked("--init-latents", "l.safetensors")).isEqualTo(galaxy.initLatents(latents));
  }

  @Test
  void whatDoesNotGoTogetherIsWrongUsage() {
    refused(2, "not both", "--timesteps", "9,1", "--sigmas", "9,0");
    refused(2, "--variation-seed", "--variation-strength", "0.5");
    refused(2, "--hires", "--hires-steps", "5");
    refused(2, "512x512", "--seed-size", "512");
    refused(2, "99 comes after 1", "--timesteps", "1,99");
    refused(2, "\"z\"", "--tiling", "z");
    refused(2, "none.safetensors", "--latents", "none.safetensors");
    refused(2, "none.txt", "--prompts", "none.txt");
  }
}
