// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubble.image.Parameters;
import dev.hubble.image.Png;
import dev.hubble.schedulers.Schedulers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is written into a picture is what is read from it.
class RecipeTest {
  /// What could be mistaken for a part of the form.
  private static final List<String> PIECES =
      List.of(
          "a galaxy",
          "\n",
          "Negative prompt:",
          "Negative prompt: x",
          "Steps: 3",
          ", ",
          ": ",
          "\"",
          "\\",
          " ",
          "  ",
          "\t",
          "\r\n",
          "Seed: 1, Size: 8x8, CFG scale: 2",
          "{",
          "}",
          "銀河 🌌",
          "é",
          "Version: v1.9.0",
          "(word:1.2)",
          "[x|y]",
          "<lora:z:0.5>",
          "BREAK",
          "Hubble prompt: \"a\"",
          "\u2028",
          "\u0000",
          "\u0001",
          "𝒳");

  private static String text(Random random) {
    var text = new StringBuilder();
    for (int i = random.nextInt(7); i > 0; i--) {
      text.append(PIECES.get(random.nextInt(PIECES.size())));
    }
    return text.toString();
  }

  private static Request request(Random random) {
    var request = Request.of(text(random)).negative(text(random));
    if (random.nextBoolean()) {
      request = request.steps(random.nextInt());
    }
    if (random.nextBoolean()) {
      request = request.guidance(number(random));
    }
    if (random.nextBoolean()) {
      request = request.seed(random.nextLong());
    }
    request =
        switch (random.nextInt(4)) {
          case 0 -> request.size(random.nextInt(1 << 20), random.nextInt(1 << 20));
          case 1 -> request.width(random.nextInt(4096));
          case 2 -> request.height(random.nextInt(4096));
          default -> request;
        };
    if (random.nextBoolean()) {
      var names = Schedulers.names();
      String ending = List.of("", "-karras", "-exponential", "-beta").get(random.nextInt(4));
      request = request.scheduler(names.get(random.nextInt(names.size())) + ending);
    }
    if (random.nextBoolean()) {
      request = request.eta(random.nextFloat()).clipSkip(random.nextInt(12));
    }
    if (random.nextBoolean()) {
      request = request.noise(NoiseKind.TORCH_CUDA).count(1 + random.nextInt(9));
    }
    if (random.nextBoolean()) {
      request = request.syntax(List.of(PromptSyntax.values()).get(random.nextInt(3)));
    }
    if (random.nextBoolean()) {
      request = request.guidanceRescale(random.nextDouble()).strength(number(random));
    }
    return random.nextBoolean() ? request : modes(request, random);
  }

  private static Request modes(Request request, Random random) {
    if (random.nextBoolean()) {
      var hires =
          Hires.of(1.5 + random.nextDouble())
              .strength(1 - random.nextDouble())
              .upscaler(
                  List.of(Hires.Upscaler.values())
                      .get(random.nextInt(Hires.Upscaler.values().length)));
      request = request.hires(random.nextBoolean() ? hires : hires.steps(1 + random.nextInt(99)));
    }
    if (random.nextBoolean()) {
      request = request.variation(random.nextLong(), random.nextDouble()).seedSize(512, 64);
    }
    if (random.nextBoolean()) {
      request = request.tiling(List.of(Tiling.values()).get(random.nextInt(4)));
    }
    request = request.vaeTiling(List.of(VaeTiling.values()).get(random.nextInt(3)));
    return switch (random.nextInt(3)) {
      case 0 -> request.timesteps(999, 500, random.nextInt(500));
      case 1 -> request.sigmas(14.6, 1 + random.nextDouble(), 1e-4 * random.nextDouble(), 0);
      default -> request;
    };
  }

  private static UsedAdditions additions(Random random) {
    var loras = new ArrayList<UsedAdditions.Lora>();
    for (int i = random.nextInt(3); i > 0; i--) {
      loras.add(new UsedAdditions.Lora(text(random), number(random), hash(random)));
    }
    var words = new ArrayList<UsedAdditions.Word>();
    for (int i = random.nextInt(3); i > 0; i--) {
      String token = random.nextBoolean() ? "word" + i : text(random) + i;
      String name = random.nextBoolean() ? token : text(random);
      words.add(new UsedAdditions.Word(token, name, hash(random)));
    }
    return new UsedAdditions(loras, words);
  }

  private static String hash(Random random) {
    return "%012x".formatted(random.nextLong(1L << 48));
  }

  private static double number(Random random) {
    return switch (random.nextInt(5)) {
      case 0 -> random.nextInt(30);
      case 1 -> random.nextInt(60) / 2.0;
      case 2 -> random.nextGaussian() * Math.pow(10, random.nextInt(600) - 300);
      case 3 -> -0.0;
      default -> random.nextDouble();
    };
  }

  @Test
  void whatIsPrintedIsRead() {
    var random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      var request = request(random);
      var additions = random.nextBoolean() ? UsedAdditions.NONE : additions(random);
      String text = Recipe.print(request, additions, "1.2.3");
      var recipe = Recipe.parse(text);
      assertThat(recipe.request()).as(text).isEqualTo(request);
      assertThat(recipe.additions()).as(text).isEqualTo(additions);
      assertThat(recipe.unknown()).as(text).isEmpty();
      assertThat(recipe.version()).isEqualTo("hubble 1.2.3");
    }
  }

  @Test
  void anyTextIsRead() {
    var random = new Random(2);
    for (int i = 0; i < 20_000; i++) {
      String text = text(random) + text(random) + text(random);
      assertThat(Recipe.parse(text)).isNotNull();
    }
    assertThat(Request.fromParameters("a cat, red: blue"))
        .isEqualTo(Request.of("a cat, red: blue"));
  }

  @Test
  void readsWhatTheWebUiWrites() {
    var recipe =
        Recipe.parse(
            """
            masterpiece, (a galaxy:1.2), [dust],
            blue: very blue
            Negative prompt: text, lowres,
            (stars:1.3)
            Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7.5, Seed: 2179987202, \
            Size: 512x768, Model hash: 93b79e09ed, Model: "any, v4: pruned", VAE hash: 735e4c3a44, \
            Clip skip: 2, ENSD: 31337, \
            Lora hashes: "a: 1234, b: 5678", Hashes: {"vae": "735e", "model": "93b7"}, Version: v1.10.1\
            """);
    assertThat(recipe.request())
        .isEqualTo(
            Request.of("masterpiece, (a galaxy:1.2), [dust],\nblue: very blue")
                .negative("text, lowres,\n(stars:1.3)")
                .steps(20)
                .scheduler("dpmpp-2m-karras")
                .guidance(7.5)
                .seed(2179987202L)
                .size(512, 768)
                .clipSkip(1)
                .syntax(PromptSyntax.A1111)
                .noise(NoiseKind.TORCH_CUDA));
    assertThat(recipe.model()).isEqualTo("any, v4: pruned");
    assertThat(recipe.modelHash()).isEqualTo("93b79e09ed");
    assertThat(recipe.version()).isEqualTo("v1.10.1");
    assertThat(recipe.isHubbles()).isFalse();
    assertThat(recipe.unknown())
        .containsExactly(
            Map.entry("VAE hash", "735e4c3a44"),
            Map.entry("ENSD", "31337"),
            Map.entry("Lora hashes", "a: 1234, b: 5678"), // no tag says how much of them
            Map.entry("Hashes", "{\"vae\": \"735e\", \"model\": \"93b7\"}"));
  }

  private static String scheduler(String fields) {
    return Recipe.parse("a\nSteps: 1, Seed: 1, " + fields).request().scheduler();
  }

  @Test
  void knowsTheSamplersOfOldAndNewVersions() {
    assertThat(scheduler("Sampler: Euler a")).isEqualTo("euler-a");
    assertThat(scheduler("Sampler: DPM++ 2M Karras")).isEqualTo("dpmpp-2m-karras");
    assertThat(scheduler("Sampler: DPM++ 2M")).isEqualTo("dpmpp-2m");
    assertThat(scheduler("Sampler: DPM++ 2M, Schedule type: Automatic"))
        .isEqualTo("dpmpp-2m-karras");
    assertThat(scheduler("Sampler: Euler, Schedule type: Automatic")).isEqualTo("euler");
    assertThat(scheduler("Sampler: DPM++ 3M SDE, Schedule type: Exponential"))
        .isEqualTo("dpmpp-3m-sde-exponential");
    assertThat(scheduler("Sampler: PLMS")).isEqualTo("pndm");
    assertThat(scheduler("Sampler: DPM2 a, Schedule type: Uniform")).isEqualTo("kdpm2-ancestral");
    var restart =
        Recipe.parse("a\nSteps: 1, Seed: 1, Sampler: Restart, Schedule type: SGM Uniform");
    assertThat(restart.request().scheduler()).isEmpty();
    assertThat(restart.unknown()).containsOnlyKeys("Sampler", "Schedule type");
  }

  @Test
  void whoseNoiseASeedMeansDependsOnWhoWrote() {
    assertThat(noise("Version: v1.6.0")).isEqualTo(NoiseKind.TORCH_CUDA);
    assertThat(noise("Version: v1.6.0, RNG: CPU")).isEqualTo(NoiseKind.TORCH_CPU);
    assertThat(noise("RNG: NV")).isEqualTo(NoiseKind.TORCH_CUDA);
    assertThat(noise("Version: hubble 0.1.0")).isEqualTo(NoiseKind.TORCH_CPU);
    assertThat(Request.fromParameters("a cat").noise()).isEqualTo(NoiseKind.TORCH_CPU);
  }

  private static NoiseKind noise(String fields) {
    return Request.fromParameters("a\nSteps: 1, Seed: 1, " + fields).noise();
  }

  @Test
  void aPictureOfABatchIsDrawnAlone() {
    var recipe = Recipe.parse("a\nSteps: 1, Seed: 9, Batch size: 4, Batch pos: 2, Version: v1.5.0");
    assertThat(recipe.request().count()).isEqualTo(1);
    assertThat(recipe.unknown()).isEmpty();
  }

  @Test
  void whatMakesNoSenseIsKeptAndReported() {
    var recipe = Recipe.parse("a\nSteps: many, Seed: 1.5, Size: big, CFG scale: 3, RNG: dice");
    assertThat(recipe.request().guidance()).hasValue(3);
    assertThat(recipe.request().steps()).isEmpty();
    assertThat(recipe.unknown())
        .containsExactly(
            Map.entry("Steps", "many"),
            Map.entry("Seed", "1.5"),
            Map.entry("Size", "big"),
            Map.entry("RNG", "dice"));
  }

  @Test
  void aPictureIsDrawnAgainBitForBit(@TempDir Path folder) throws IOException {
    try (var hubble = Tiny.load()) {
      for (var request :
          List.of(
              Request.of("dust, \"blue\"\nand red")
                  .negative("a: b")
                  .steps(2)
                  .guidance(7.1)
                  .count(2),
              Request.of("").scheduler("ddim").eta(0.3f).steps(3).clipSkip(1).size(64, 72),
              Request.of("銀河").scheduler("dpmpp-2m-sde-karras").steps(2).guidance(1),
              Request.of("a")
                  .scheduler("Euler a")
                  .noise(NoiseKind.TORCH_CUDA)
                  .guidanceRescale(0.7))) {
        var out = hubble.generate(request.steps(2));
        for (var picture : out.pictures()) {
          Path file = folder.resolve("picture.png");
          try (var stream = Files.newOutputStream(file)) {
            Png.write(out, picture, "1.2.3", stream);
          }
          var recipe = Recipe.read(file);
          assertThat(recipe.unknown()).isEmpty();
          assertThat(recipe.isHubbles()).isTrue();
          assertThat(recipe.modelHash()).isEqualTo(hubble.info().hash());
          assertThat(Tiny.pixels(hubble.generate(Request.fromPng(file))))
              .isEqualTo(Tiny.pixels(picture.image()));
          // Once more: the same text, too.
          assertThat(Parameters.format(hubble.generate(recipe.request()), picture, "1.2.3"))
              .isEqualTo(Parameters.format(out, picture, "1.2.3"));
        }
      }
    }
  }

  @Test
  void saysWhichFileHasNoRecipe(@TempDir Path folder) throws IOException {
    Path text = Files.writeString(folder.resolve("text.png"), "no picture at all");
    assertRefused(text, "text.png cannot be read: it is no PNG file.");
    Path plain = folder.resolve("plain.png");
    try (var out = Files.newOutputStream(plain)) {
      Png.write(Tiny.gray(), Map.of("other", "x"), out);
    }
    assertRefused(plain, "plain.png does not say how it was made");
    byte[] bytes = Files.readAllBytes(plain);
    for (int length : new int[] {0, 7, 20, bytes.length - 5}) {
      Files.write(plain, java.util.Arrays.copyOf(bytes, length));
      assertRefused(plain, "it ends in the middle");
    }
    assertRefused(folder.resolve("none.png"), "There is no file");
  }

  private static void assertRefused(Path file, String part) {
    assertThatThrownBy(() -> Request.fromPng(file))
        .isInstanceOf(HubbleException.BadRequest.class)
        .hasMessageContaining(part)
        .message()
        .endsWith(".");
  }
}
