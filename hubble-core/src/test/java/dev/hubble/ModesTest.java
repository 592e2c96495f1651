// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.hubble.Hires.Upscaler;
import dev.hubble.random.TorchGenerator;
import dev.hubble.weights.MemoryTensors;
import dev.hubble.weights.Safetensors;
import dev.hubble.weights.SafetensorsWriter;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// The less ordinary ways to draw, on the embedded model.
class ModesTest {
  private static Hubble hubble;

  @BeforeAll
  static void open() {
    hubble = Hubble.mini();
  }

  @AfterAll
  static void close() {
    hubble.close();
  }

  private static Request quick() {
    return Request.of("a spiral galaxy").steps(2).seed(7);
  }

  private static int[] rgb(BufferedImage image) {
    return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
  }

  private static int[] draw(Request request) {
    return rgb(hubble.generate(request).image());
  }

  private static Latents noise(long seed) {
    return Latents.of(new TorchGenerator(seed).randn(4 * 16 * 16), 1, 16, 16);
  }

  // ---- latents ----

  @Test
  void theSeedsOwnNoiseDrawsTheSeedsPicture() {
    assertThat(draw(quick().latents(noise(7)).seed(1))).isEqualTo(draw(quick()));
    assertThat(draw(quick().latents(noise(8)))).isNotEqualTo(draw(quick()));
  }

  @Test
  void noiseForAllOrForEach() {
    float[] two = new float[2 * 1024];
    System.arraycopy(noise(7).values(), 0, two, 0, 1024);
    System.arraycopy(noise(8).values(), 0, two, 1024, 1024);
    var pictures = hubble.generate(quick().latents(Latents.of(two, 2, 16, 16)).count(2)).pictures();
    assertThat(rgb(pictures.get(1).image())).isEqualTo(draw(quick().seed(8)));
    var same = hubble.generate(quick().latents(noise(7)).count(2)).pictures();
    assertThat(rgb(same.get(1).image())).isEqualTo(draw(quick()));
  }

  @Test
  void latentsGoOutAndComeBack(@TempDir Path folder) {
    var out = hubble.generate(quick().count(2)).latents();
    assertThat(out.count()).isEqualTo(2);
    assertThat(out.height()).isEqualTo(16);
    Path file = folder.resolve("latents.safetensors");
    out.write(file);
    assertThat(Latents.read(file)).isEqualTo(out).hasSameHashCodeAs(out);
    // The same start, whether it comes as latents or from a file.
    var again = Request.of("a comet").steps(4).seed(3).strength(0.5).count(2);
    var one = hubble.generate(again.initLatents(out)).latents();
    assertThat(hubble.generate(again.initLatents(Latents.read(file))).latents()).isEqualTo(one);
    // A short way from them stays nearer than a long one.
    double near = distance(hubble.generate(again.strength(0.25).initLatents(out)).latents(), out);
    double far = distance(hubble.generate(again.strength(1).initLatents(out)).latents(), out);
    assertThat(near).isLessThan(0.7 * far);
  }

  private static double distance(Latents a, Latents b) {
    float[] x = a.values();
    float[] y = b.values();
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += (x[i] - y[i]) * (x[i] - y[i]);
    }
    return Math.sqrt(sum / x.length);
  }

  @Test
  void filesWithoutLatentsAreRefused(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("x.safetensors");
    refused(() -> Latents.read(file), "x.safetensors");
    Files.writeString(file, "no tensors here");
    refused(() -> Latents.read(file), "x.safetensors");
    SafetensorsWriter.write(file, Map.of("a", MemoryTensors.of("a", new float[1], 1)));
    refused(() -> Latents.read(file), "no tensor \"latents\"");
    var flat = MemoryTensors.of("latents", new float[6], 1, 3, 1, 2);
    SafetensorsWriter.write(file, Map.of("latents", flat));
    refused(() -> Latents.read(file), "[1, 3, 1, 2]");
    var nan = MemoryTensors.of("latents", new float[] {1, 2, 3, Float.NaN}, 4, 1, 1);
    SafetensorsWriter.write(file, Map.of("latents", nan));
    refused(() -> Latents.read(file), "NaN");
    refused(() -> Latents.of(new float[7], 1, 1, 2), "7 numbers");
  }

  // ---- seeds and prompts ----

  @Test
  void aVariationLiesBetweenTwoSeeds() {
    assertThat(draw(quick().variation(9, 0))).isEqualTo(draw(quick()));
    assertThat(draw(quick().variation(9, 1))).isEqualTo(draw(quick().seed(9)));
    var out = hubble.generate(quick().variation(9, 0.2).count(2));
    assertThat(out.pictures()).extracting(Generated.Picture::seed).containsExactly(7L, 7L);
    assertThat(out.pictures())
        .extracting(Generated.Picture::variation)
        .containsExactly(OptionalLong.of(9), OptionalLong.of(10));
    assertThat(rgb(out.pictures().get(1).image())).isEqualTo(draw(quick().variation(10, 0.2)));
    assertThat(out.settings()).contains(Map.entry("Variation seed strength", "0.2"));
  }

  @Test
  void manyPromptsInOneCallAreThePicturesAlone() {
    var comet = Request.of("a comet").steps(2).negative("dust");
    var moon = new Subject("the moon", "dust", OptionalLong.of(40));
    var out = hubble.generate(quick().count(2).and("a comet").and(moon));
    assertThat(out.pictures())
        .extracting(Generated.Picture::prompt)
        .containsExactly(
            "a spiral galaxy", "a spiral galaxy", "a comet", "a comet", "the moon", "the moon");
    assertThat(out.pictures())
        .extracting(Generated.Picture::seed)
        .containsExactly(7L, 8L, 9L, 10L, 40L, 41L);
    assertThat(rgb(out.pictures().get(3).image())).isEqualTo(draw(comet.negative("").seed(10)));
    assertThat(rgb(out.pictures().get(5).image()))
        .isEqualTo(draw(Request.of("the moon").negative("dust").steps(2).seed(41)));
  }

  // ---- steps ----

  @Test
  void aListOfTimesIsTheSameWayAsANumberOfSteps() {
    var request = Request.of("a comet").seed(3);
    var counted = hubble.generate(request.scheduler("ddpm").steps(2));
    var listed = hubble.generate(request.scheduler("ddpm").timesteps(501, 1));
    assertThat(listed.latents()).isEqualTo(counted.latents());
    assertThat(listed.steps()).isEqualTo(2);
    assertThat(listed.settings()).contains(Map.entry("Timesteps", "501 1"));
    var sizes = hubble.generate(request.scheduler("euler").sigmas(14.6, 1.5, 0));
    assertThat(sizes.timings().unet()).hasSize(2);
    assertThat(sizes.settings()).contains(Map.entry("Sigmas", "14.6 1.5 0.0"));
  }

  // ---- the second pass ----

  @ParameterizedTest
  @EnumSource(Upscaler.class)
  void theSecondPassIsLarger(Upscaler upscaler) {
    var second = Hires.of(1.5).strength(0.5).steps(1).upscaler(upscaler);
    var calls = new ArrayList<Integer>();
    var shapes = new ArrayList<Integer>();
    var request = quick().scheduler("euler").hires(second);
    var out =
        hubble.generate(
            request,
            event -> {
              if (event instanceof Progress.Event.Step step) {
                calls.add(step.calls());
                shapes.add(step.latents().shape().get(2));
              }
            },
            new Cancellation());
    assertThat(calls).containsExactly(3, 3, 3);
    assertThat(shapes).containsExactly(16, 16, 24);
    assertThat(out.image().getWidth()).isEqualTo(192);
    assertThat(out.width()).isEqualTo(128);
    assertThat(out.latents().height()).isEqualTo(24);
    assertThat(out.settings())
        .contains(
            Map.entry("Denoising strength", "0.5"),
            Map.entry("Hires upscale", "1.5"),
            Map.entry("Hires steps", "1"),
            Map.entry("Hires upscaler", upscaler.title()));
    var both = hubble.generate(request.seed(6).count(2));
    assertThat(rgb(both.pictures().get(1).image())).isEqualTo(rgb(out.image()));
  }

  /// The second pass is nothing but a start from enlarged latents, with the seed's noise at the new
  /// size.
  @Test
  void theSecondPassStartsFromTheFirst() {
    var small = hubble.generate(quick().scheduler("ddim")).latents();
    float[] from = small.values();
    float[] large = new float[4 * 32 * 32];
    for (int i = 0; i < large.length; i++) {
      large[i] = from[i / 1024 * 256 + i % 1024 / 32 / 2 * 16 + i % 32 / 2];
    }
    var second = Hires.of(2).strength(0.5).steps(2).upscaler(Upscaler.LATENT_NEAREST);
    var both = hubble.generate(quick().scheduler("ddim").hires(second));
    var again =
        hubble.generate(
            quick()
                .scheduler("ddim")
                .steps(4)
                .strength(0.5)
                .initLatents(Latents.of(large, 1, 32, 32)));
    assertThat(both.latents()).isEqualTo(again.latents());
  }

  /// White in the right half.
  private static BufferedImage rightHalf() {
    var mask = new BufferedImage(128, 128, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < 128; y++) {
      for (int x = 64; x < 128; x++) {
        mask.setRGB(x, y, 0xffffff);
      }
    }
    return mask;
  }

  /// What the mask keeps stays through the second pass: the first picture's latents, enlarged.
  @Test
  void theSecondPassKeepsWhatTheMaskKeeps() {
    var request =
        quick()
            .scheduler("ddim")
            .initLatents(noise(3))
            .mask(rightHalf())
            .hires(Hires.of(2).strength(0.5).steps(2));
    float[] one = hubble.generate(request).latents().values();
    float[] two = hubble.generate(request.prompt("a nebula").seed(8)).latents().values();
    float[] given = noise(3).values();
    int changed = 0;
    for (int i = 0; i < one.length; i++) {
      int plane = i / 1024;
      int y = i % 1024 / 32;
      int x = i % 32;
      if (x < 16) {
        assertThat((double) one[i]).isCloseTo(doubled(given, plane, y, x), within(1e-6));
        assertThat(two[i]).isEqualTo(one[i]);
      } else if (Math.abs(one[i] - two[i]) > 0.01) {
        changed++;
      }
    }
    assertThat(changed).isGreaterThan(one.length / 4);
  }

  /// A place of a plane of 16x16 that was enlarged twice, as PyTorch interpolates: three parts of
  /// the nearer pixel and one of the other along each axis, and at an edge the pixel itself.
  private static double doubled(float[] values, int plane, int y, int x) {
    double sum = 0;
    for (int dy = 0; dy < 2; dy++) {
      for (int dx = 0; dx < 2; dx++) {
        int near = dy == 0 ? y / 2 : Math.clamp(y / 2 + (y % 2 == 0 ? -1 : 1), 0, 15);
        int beside = dx == 0 ? x / 2 : Math.clamp(x / 2 + (x % 2 == 0 ? -1 : 1), 0, 15);
        sum +=
            (dy == 0 ? 0.75 : 0.25)
                * (dx == 0 ? 0.75 : 0.25)
                * values[plane * 256 + near * 16 + beside];
      }
    }
    return sum;
  }

  /// The same from pixels: what is kept depends on neither prompt nor seed of the drawn half, but
  /// for the encoder's own noise.
  @Test
  void theSecondPassKeepsPixelsToo() {
    var picture = hubble.generate(quick().seed(1)).image();
    var request =
        quick().scheduler("euler").initImage(picture).mask(rightHalf()).hires(Hires.of(1.5));
    float[] one = hubble.generate(request).latents().values();
    float[] two = hubble.generate(request.prompt("a nebula")).latents().values();
    for (int i = 0; i < one.length; i++) {
      if (i % 24 < 12) {
        assertThat(two[i]).isEqualTo(one[i]);
      }
    }
    assertThat(two).isNotEqualTo(one);
  }

  @Test
  void aTraceKeepsBothPasses(@TempDir Path folder) {
    var trace = new TraceRecorder();
    hubble.generate(quick().scheduler("ddim").hires(Hires.of(2)), trace, new Cancellation());
    Path file = folder.resolve("trace.safetensors");
    trace.write(file);
    try (var store = Safetensors.open(file)) {
      assertThat(store.find("latents_first_pass").shape()).containsExactly(2, 1, 4, 16, 16);
      assertThat(store.find("latents").shape()).containsExactly(2, 1, 4, 32, 32);
      assertThat(store.find("images").shape()).containsExactly(1, 256, 256, 3);
    }
  }

  // ---- tiles ----

  @Test
  void aLargePictureInTilesIsNearlyThePictureInOne() {
    var large = quick().size(192, 160);
    var whole = hubble.generate(large.vaeTiling(VaeTiling.OFF));
    var tiled = hubble.generate(large.vaeTiling(VaeTiling.ON));
    assertThat(tiled.latents()).isEqualTo(whole.latents());
    assertThat(tiled.settings()).contains(Map.entry("VAE tiling", "True"));
    assertThat(whole.settings()).doesNotContainKey("VAE tiling");
    int[] a = rgb(whole.image());
    int[] b = rgb(tiled.image());
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += Math.abs((a[i] >> 8 & 0xff) - (b[i] >> 8 & 0xff));
    }
    assertThat(sum / a.length).isBetween(1e-9, 12.0);
    // What fits into one tile is not cut.
    var small = hubble.generate(quick().vaeTiling(VaeTiling.ON));
    assertThat(rgb(small.image())).isEqualTo(draw(quick()));
    assertThat(small.settings()).doesNotContainKey("VAE tiling");
  }

  @Test
  void aSeamlessPictureIsDrawnInTiles() {
    var large = quick().size(192, 128).tiling(Tiling.X);
    var whole = hubble.generate(large);
    var tiled = hubble.generate(large.vaeTiling(VaeTiling.ON));
    assertThat(tiled.latents()).isEqualTo(whole.latents());
    assertThat(tiled.settings())
        .contains(Map.entry("VAE tiling", "True"), Map.entry("Tiling", "x"));
    assertThat(rgb(tiled.image())).isNotEqualTo(rgb(whole.image()));
  }

  // ---- what cannot be ----

  static Stream<Arguments> impossible() {
    return Stream.of(
        Arguments.of(quick().timesteps(9, 1), "not both"),
        Arguments.of(Request.of("a").timesteps(9, 1), "equal strides"),
        Arguments.of(quick().latents(noise(1)).size(128, 64), "128x128"),
        Arguments.of(quick().latents(noise(1)).size(64, 128), "128x128"),
        Arguments.of(
            quick().latents(Latents.of(new float[2 * 1024], 2, 16, 16)).count(3), "one for each"),
        Arguments.of(quick().initLatents(noise(1)).strength(0.1), "less than one step"),
        Arguments.of(
            quick()
                .initLatents(noise(1))
                .initImage(new BufferedImage(128, 128, BufferedImage.TYPE_INT_RGB)),
            "not both"),
        Arguments.of(quick().hires(Hires.of(1.01)), "larger scale"),
        Arguments.of(quick().hires(Hires.of(2).steps(1000).strength(0.5)), "2000"),
        Arguments.of(
            Request.of("a").scheduler("euler").timesteps(9, 1).hires(Hires.of(2).steps(3)),
            "not both"),
        Arguments.of(
            Request.of("a").scheduler("euler").timesteps(9, 1).hires(Hires.of(2).strength(0.1)),
            "less than one step"),
        Arguments.of(quick().count(600).and("b"), "600 for each of 2"));
  }

  @ParameterizedTest
  @MethodSource("impossible")
  void whatCannotBeIsRefusedWithASentence(Request request, String part) {
    refused(() -> hubble.generate(request), part);
  }

  @Test
  void valuesThatMakeNoSenseAreRefusedAtOnce() {
    refused(() -> quick().variation(1, 1.5), "1.5");
    refused(() -> quick().variation(1, Double.NaN), "NaN");
    refused(() -> quick().seedSize(100, 128), "100x128");
    refused(() -> Hires.of(1), "1.0");
    refused(() -> Hires.of(Double.NaN), "NaN");
    refused(() -> Hires.of(2).strength(0), "0.0");
    refused(() -> Hires.of(2).steps(0), "0 steps");
    refused(() -> Upscaler.of("magic"), "magic");
    refused(() -> Tiling.of("z"), "\"z\"");
    refused(() -> VaeTiling.of("often"), "often");
  }

  private static void refused(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String part) {
    assertThatThrownBy(call)
        .isInstanceOf(HubbleException.BadRequest.class)
        .hasMessageContaining(part)
        .message()
        .endsWith(".")
        .doesNotContain("\n");
  }
}
