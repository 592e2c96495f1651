// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.Additions;
import dev.hubble.Hires;
import dev.hubble.NoiseKind;
import dev.hubble.PromptSyntax;
import dev.hubble.Recipe;
import dev.hubble.Request;
import dev.hubble.Tiling;
import dev.hubble.UsedAdditions;
import dev.hubble.VaeTiling;
import dev.hubble.image.Png;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RedoCommandTest extends CommandLineTest {
  private Path picture(String parameters, int rgb) throws IOException {
    var image = new BufferedImage(16, 8, BufferedImage.TYPE_INT_RGB);
    image.setRGB(3, 4, rgb);
    Path file = folder.resolve("old.png");
    try (var out = Files.newOutputStream(file)) {
      Png.write(image, Map.of("parameters", parameters), out);
    }
    return file;
  }

  private static String recipe(Request request) {
    return Recipe.print(request, "0.1.0")
        .replace(", Version:", ", Model hash: 0123456789, Model: hubble-mini, Version:");
  }

  @Test
  void drawsWhatThePictureSays() throws IOException {
    for (var request :
        List.of(
            Request.of("a galaxy").steps(3).seed(-4).guidance(7.1).scheduler("dpmpp-2m-karras"),
            Request.of("--steps").negative("-x, \"y\"\nz").size(64, 32).eta(0.5f).clipSkip(1),
            Request.of("b").hires(Hires.of(1.5).steps(7)).tiling(Tiling.Y).timesteps(9, 5, 1),
            Request.of("c").variation(-5, 0.25).seedSize(64, 8).vaeTiling(VaeTiling.ON),
            Request.of("d").sigmas(9.5, 1, 0).strength(0.5).hires(Hires.DEFAULT),
            Request.of("").width(64).noise(NoiseKind.TORCH_CUDA).guidanceRescale(0.25).count(2),
            Request.of("tokens").syntax(PromptSyntax.COMPEL).height(8).strength(0.3))) {
      picture(recipe(request), 0);
      assertThat(run("redo", "old.png", "-o", "new.png")).isZero();
      assertThat(engine.requests).last().isEqualTo(request);
      assertThat(engine.models).last().isEqualTo("mini");
    }
  }

  @Test
  void saysWhenItIsTheSamePicture() throws IOException {
    picture(recipe(Request.of("a").seed(1)), 0);
    assertThat(run("redo", "old.png")).isZero();
    assertThat(err()).isEqualToIgnoringNewLines("The same picture as old.png, bit for bit.");
    assertThat(files()).containsExactly("a-1.png", "old.png");
  }

  @Test
  void saysHowFarItIsFromAnother() throws IOException {
    picture(recipe(Request.of("a").seed(1)), 0x050003);
    assertThat(run("redo", "old.png")).isZero();
    assertThat(err()).contains("It differs from old.png in 1 pixels of 128, by at most 5 of 255.");
  }

  @Test
  void warnsOfAnotherModel() throws IOException {
    picture(recipe(Request.of("a").seed(1)).replace("0123456789", "aaaabbbbcc"), 0);
    assertThat(run("redo", "old.png")).isZero();
    assertThat(err()).contains("another model (hash aaaabbbbcc, this one has 0123456789)");
    assertThat(run("redo", "old.png", "--quiet")).isZero();
    assertThat(err().lines()).hasSize(2);
  }

  private String withLora(String hash) {
    return Recipe.print(
            Request.of("a").seed(1),
            new UsedAdditions(List.of(new UsedAdditions.Lora("detail", 0.5, hash)), List.of()),
            "0.1.0")
        .replace(", Version:", ", Model hash: 0123456789, Model: hubble-mini, Version:");
  }

  @Test
  void findsTheLorasOfAPicture() throws IOException {
    picture(withLora(""), 0);
    assertThat(run("redo", "old.png")).isEqualTo(2);
    assertThat(err()).contains("The LoRA detail is not in").contains("--additions FOLDER");
    assertThat(engine.models).isEmpty();
    Path deeper = Files.createDirectories(folder.resolve("loras/sd1"));
    Path file = Files.writeString(deeper.resolve("detail.safetensors"), "x");
    assertThat(run("redo", "old.png", "--additions", "loras")).isZero();
    assertThat(requireNonNull(engine.options).additions())
        .isEqualTo(Additions.NONE.lora(file, 0.5));
    // Nothing of the engine's pictures is drawn with it, so nothing is compared.
    assertThat(err()).doesNotContain("bit for bit");
    Path other = Files.writeString(folder.resolve("other.safetensors"), "x");
    assertThat(run("redo", "old.png", "--lora", "other.safetensors=2")).isZero();
    assertThat(requireNonNull(engine.options).additions()).isEqualTo(Additions.NONE.lora(other, 2));
    picture(withLora("0123456789ab"), 0);
    assertThat(run("redo", "old.png", "--additions=loras")).isEqualTo(2);
    assertThat(err()).contains("is another file than the LoRA detail of the recipe");
  }

  @Test
  void takesOverrides() throws IOException {
    picture(recipe(Request.of("a").seed(1).steps(5)), 0);
    assertThat(run("redo", "old.png", "--steps", "9", "--prompt", "b", "--model=x/y")).isZero();
    assertThat(engine.requests).containsExactly(Request.of("b").seed(1).steps(9));
    assertThat(engine.models).containsExactly("x/y");
    assertThat(err()).isEmpty();
  }

  @Test
  void readsThePicturesOfOthersAndSaysWhatItLeavesOut() throws IOException {
    picture("a\nSteps: 5, Sampler: Euler a, Seed: 1, ENSD: 31337, Model: any, Version: v1.6.0", 0);
    assertThat(run("redo", "old.png")).isEqualTo(2);
    assertThat(err())
        .contains("says only that its model is called any; say where it is: --model M");
    assertThat(run("redo", "old.png", "--model", "some/where")).isZero();
    assertThat(err()).contains("does not know it: ENSD: 31337").contains("not written by Hubble");
    assertThat(engine.requests)
        .containsExactly(
            Request.of("a")
                .steps(5)
                .scheduler("euler-a")
                .seed(1)
                .syntax(PromptSyntax.A1111)
                .noise(NoiseKind.TORCH_CUDA));
  }

  @Test
  void saysWhatItCannotRead() throws IOException {
    Files.writeString(folder.resolve("text.png"), "text");
    assertThat(run("redo", "text.png")).isEqualTo(2);
    assertThat(run("redo", "none.png")).isEqualTo(2);
    assertThat(run("redo")).isEqualTo(2);
    picture("a\nSteps: 5, Seed: 1, RNG: CPU", 0);
    assertThat(run("redo", "old.png")).isEqualTo(2);
    assertThat(err()).contains("it is no PNG file", "There is no file", "which model drew it");
    assertThat(engine.requests).isEmpty();
  }
}
