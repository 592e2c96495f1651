// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
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
        Arguments.of(quick().scheduler("plms2"), "plms2"));
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
    assertThatThrownBy(() -> Hubble.load("mini", new Hubble.Options("tpu", 0)))
        .isInstanceOf(HubbleException.BadRequest.class)
        .hasMessageContaining("tpu");
  }
}
