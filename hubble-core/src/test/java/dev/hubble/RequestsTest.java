// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The public API, on the embedded model.
class RequestsTest {
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

  private static BufferedImage gray(int width, int height) {
    var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, 0x808080);
      }
    }
    return image;
  }

  private static BufferedImage rightHalf() {
    var mask = new BufferedImage(128, 128, BufferedImage.TYPE_BYTE_GRAY);
    for (int y = 0; y < 128; y++) {
      for (int x = 64; x < 128; x++) {
        mask.setRGB(x, y, 0xffffff);
      }
    }
    return mask;
  }

  /// The mean difference of two pictures over the left (0) or right (1) half.
  private static double distance(BufferedImage a, BufferedImage b, int half) {
    double sum = 0;
    for (int y = 0; y < 128; y++) {
      for (int x = 64 * half; x < 64 + 64 * half; x++) {
        sum += Math.abs((a.getRGB(x, y) >> 8 & 0xff) - (b.getRGB(x, y) >> 8 & 0xff));
      }
    }
    return sum / (64 * 128);
  }

  @Test
  void whatIsBehindTheMaskStays() {
    var old = hubble.generate(quick().steps(10)).image();
    var from = Request.of("a red planet").steps(6).seed(9).initImage(old);
    var masked = hubble.generate(from.mask(rightHalf())).image();
    assertThat(distance(masked, old, 1)).isGreaterThan(2 * distance(masked, old, 0));
    var weak = hubble.generate(from.strength(0.2));
    var strong = hubble.generate(from.strength(1));
    assertThat(distance(strong.image(), old, 1)).isGreaterThan(2 * distance(weak.image(), old, 1));
    assertThat(weak.settings()).contains(Map.entry("Denoising strength", "0.2"));
  }

  @Test
  void everythingThatWasSetIsReported() {
    var request = quick().noise(NoiseKind.TORCH_CUDA).clipSkip(1).guidanceRescale(0.5);
    assertThat(hubble.generate(request).settings())
        .containsExactly(
            Map.entry("Clip skip", "2"),
            Map.entry("Guidance rescale", "0.5"),
            Map.entry("RNG", "NV"));
  }

  @Test
  void aSeedMeansAnotherPictureInTheNoiseOfAGpu() {
    var cpu = hubble.generate(quick()).image();
    var cuda = hubble.generate(quick().noise(NoiseKind.TORCH_CUDA)).image();
    assertThat(cuda.getRGB(0, 0, 128, 128, null, 0, 128))
        .isNotEqualTo(cpu.getRGB(0, 0, 128, 128, null, 0, 128));
  }

  @Test
  void aPictureOfABatchIsThePictureAlone() {
    for (String scheduler : new String[] {"dpmpp-sde-karras", "Euler a"}) {
      var request = quick().scheduler(scheduler).initImage(gray(128, 128)).strength(0.9).steps(3);
      var alone = hubble.generate(request.seed(8)).image();
      var second = hubble.generate(request.seed(7).count(2)).pictures().get(1).image();
      assertThat(second.getRGB(0, 0, 128, 128, null, 0, 128))
          .isEqualTo(alone.getRGB(0, 0, 128, 128, null, 0, 128));
    }
  }

  static Stream<Arguments> impossible() {
    return Stream.of(
        Arguments.of(quick().size(100, 128), "width is 100"),
        Arguments.of(quick().size(128, 0), "height is 0"),
        Arguments.of(quick().size(-8, 128), "width is -8"),
        Arguments.of(quick().size(4, 128), "width is 4"),
        Arguments.of(quick().steps(0), "0"),
        Arguments.of(quick().steps(-1), "-1"),
        Arguments.of(quick().steps(1001), "1001"),
        Arguments.of(quick().count(0), "count is 0"),
        Arguments.of(quick().count(1_000_000), "count is 1000000"),
        Arguments.of(quick().guidance(Double.NaN), "NaN"),
        Arguments.of(quick().guidance(Double.POSITIVE_INFINITY), "Infinity"),
        Arguments.of(quick().eta(-0.5f), "-0.5"),
        Arguments.of(quick().eta(Float.NaN), "NaN"),
        Arguments.of(quick().scheduler("plms2"), "plms2"),
        Arguments.of(quick().clipSkip(-1), "Clip skip is -1"),
        Arguments.of(quick().clipSkip(99), "Clip skip is 99"),
        Arguments.of(quick().guidanceRescale(1.5), "1.5"),
        Arguments.of(quick().guidanceRescale(Double.NaN), "NaN"),
        Arguments.of(quick().strength(0.5), "no initial picture"),
        Arguments.of(quick().mask(gray(128, 128)), "no initial picture"),
        Arguments.of(quick().initImage(gray(100, 128)), "width is 100"),
        Arguments.of(quick().initImage(gray(128, 64)).size(128, 128), "128x64"),
        Arguments.of(quick().initImage(gray(128, 128)).mask(gray(64, 64)), "mask is 64x64"),
        Arguments.of(quick().initImage(gray(128, 128)).strength(0), "strength is 0"),
        Arguments.of(quick().initImage(gray(128, 128)).strength(1.1), "1.1"),
        Arguments.of(quick().initImage(gray(128, 128)).strength(0.4), "less than one step"));
  }

  @ParameterizedTest
  @MethodSource("impossible")
  void whatCannotBeIsRefusedWithASentence(Request request, String part) {
    assertThatThrownBy(() -> hubble.generate(request))
        .isInstanceOf(HubbleException.BadRequest.class)
        .hasMessageContaining(part)
        .message()
        .endsWith(".")
        .doesNotContain("\n");
  }

  @ParameterizedTest
  @MethodSource("huge")
  void whatDoesNotFitIsRefusedWithTheBytesNeeded(Request request) {
    assertThatThrownBy(() -> hubble.generate(request))
        .isInstanceOf(HubbleException.OutOfMemory.class)
        .message()
        .matches(".*[0-9]+(,[0-9]{3})+ bytes .*-Xmx\\.");
  }

  static Stream<Request> huge() {
    return Stream.of(
        quick().size(32768, 32768),
        quick().size(1 << 20, 1 << 20),
        quick().size(Integer.MAX_VALUE - 7, Integer.MAX_VALUE - 7),
        quick().size(2048, 2048).count(1024));
  }

  @Test
  void aPictureComesWithAllThatMadeIt() {
    var out = hubble.generate(quick().negative("dust").count(2));
    assertThat(out.pictures()).extracting(Generated.Picture::seed).containsExactly(7L, 8L);
    assertThat(out.image().getWidth()).isEqualTo(128);
    assertThat(out.image().getHeight()).isEqualTo(128);
    assertThat(out.steps()).isEqualTo(2);
    assertThat(out.guidance()).isEqualTo(5.0);
    assertThat(out.scheduler()).isEqualTo("pndm");
    assertThat(out.model().name()).isEqualTo("hubble-mini");
    assertThat(out.model().hash()).matches("[0-9a-f]{10}");
    assertThat(out.timings().unet()).hasSize(3);
    assertThat(out.tokens().untruncated()).isEqualTo(5);
    assertThat(out.tokens().truncated()).isEmpty();
    assertThat(out.device()).contains("cpu");
    assertThat(out.timings().total()).isGreaterThan(out.timings().vae());
  }

  @Test
  void theModelRecommendsItsStepsAndGuidance() {
    var calls = new ArrayList<Integer>();
    hubble.generate(
        Request.of("a comet").seed(1),
        event -> {
          if (event instanceof Progress.Event.Step step) {
            calls.add(step.call());
          }
        },
        new Cancellation());
    assertThat(calls).hasSize(26).startsWith(1, 2, 3).endsWith(26);
  }

  @Test
  void aSeedIsChosenAndReportedWhenNoneIsGiven() {
    var request = Request.of("a comet").steps(1);
    var first = hubble.generate(request);
    var again = hubble.generate(request.seed(first.pictures().getFirst().seed()));
    assertThat(again.image().getRGB(64, 64)).isEqualTo(first.image().getRGB(64, 64));
  }

  @Test
  void whatIsCutOffIsReported() {
    var out = hubble.generate(Request.of("galaxy ".repeat(100)).steps(1).seed(1));
    assertThat(out.tokens().untruncated()).isGreaterThan(77);
    assertThat(out.tokens().truncated()).contains("galaxy");
    assertThat(out.tokens().ids()).hasSize(77);
  }

  @Test
  void aRunStopsSoonAfterItIsCancelled() {
    var cancellation = new Cancellation();
    var calls = new ArrayList<Integer>();
    Progress stopAfterTwo =
        event -> {
          if (event instanceof Progress.Event.Step step) {
            calls.add(step.call());
            if (step.call() == 2) {
              cancellation.cancel();
            }
          }
        };
    assertThatThrownBy(() -> hubble.generate(quick().steps(20), stopAfterTwo, cancellation))
        .isInstanceOf(HubbleException.Cancelled.class);
    assertThat(calls).containsExactly(1, 2);
    assertThat(hubble.generate(quick()).pictures()).hasSize(1);
  }

  @Test
  void anInterruptCancels() {
    Progress interrupt = event -> Thread.currentThread().interrupt();
    assertThatThrownBy(() -> hubble.generate(quick(), interrupt, new Cancellation()))
        .isInstanceOf(HubbleException.Cancelled.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void aFailingListenerDoesNoHarm() {
    Progress fail =
        event -> {
          throw new IllegalStateException("listener");
        };
    assertThatThrownBy(() -> hubble.generate(quick(), fail, new Cancellation()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("listener");
    assertThat(hubble.generate(quick()).pictures()).hasSize(1);
  }

  @Test
  void afterClosingNothingWorksAndClosingTwiceIsFine() {
    var other = Hubble.mini();
    other.close();
    other.close();
    assertThatThrownBy(() -> other.generate(quick())).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void anUnknownDeviceIsRefused() {
    assertThatThrownBy(() -> Hubble.load("mini", new LoadOptions("tpu", 0)))
        .isInstanceOf(HubbleException.BadRequest.class)
        .hasMessageContaining("tpu");
  }
}
