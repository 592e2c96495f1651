// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What a callback can change between steps.
class SteeringTest {
  private static Hubble hubble;

  @BeforeAll
  static void open() {
    hubble = Tiny.load();
  }

  @AfterAll
  static void close() {
    hubble.close();
  }

  private static Request request(String prompt) {
    return Request.of(prompt).negative("red").scheduler("ddim").steps(4).guidance(5).seed(3);
  }

  /// The latents after every call.
  private static List<float[]> run(Request request, StepCallback callback) {
    var latents = new ArrayList<float[]>();
    hubble.generate(
        request,
        RunOptions.DEFAULT
            .onStepEnd(callback)
            .progress(event -> {
              if (event instanceof Progress.Event.Step step) {
                latents.add(step.latents().values());
              }
            }));
    return latents;
  }

  private static void assertSame(float[] actual, float[] expected) {
    assertThat(Arrays.equals(actual, expected)).isTrue();
  }

  private static final StepCallback NOTHING = step -> {};

  @Test
  void lookingChangesNothing() {
    var plain = run(request("dust"), NOTHING);
    var looked =
        run(
            request("dust"),
            step -> {
              assertThat(step.calls()).isEqualTo(4);
              assertThat(step.latentShape()).containsExactly(1, 4, 16, 16);
              assertThat(step.textShape().subList(0, 2)).containsExactly(2, 77);
              assertThat(step.guidance()).isEqualTo(5);
              step.latents()[0] = 9;
              step.textEmbeddings()[0] = 9;
              step.guidance(step.guidance());
              step.latents(step.latents());
              step.textEmbeddings(step.textEmbeddings());
            });
    for (int i = 0; i < 4; i++) {
      assertSame(looked.get(i), plain.get(i));
    }
    assertThat(timesteps()).isSortedAccordingTo((a, b) -> Float.compare(b, a)).hasSize(4);
  }

  private static List<Float> timesteps() {
    var times = new ArrayList<Float>();
    run(request("dust"), step -> times.add(step.timestep()));
    return times;
  }

  @Test
  void otherLatentsAreGoneOnFrom() {
    var other = run(request("dust").seed(8), NOTHING);
    var taken =
        run(
            request("dust"),
            step -> {
              if (step.call() == 2) {
                step.latents(other.get(1));
              }
            });
    assertSame(taken.get(1), other.get(1));
    assertSame(taken.get(3), other.get(3));
  }

  @Test
  void otherTextsAreWhatTheUnetHearsFromThenOn() {
    var texts = new ArrayList<float[]>();
    var other = run(request("galaxy"), step -> texts.add(step.textEmbeddings()));
    var taken =
        run(
            request("dust"),
            step -> {
              if (step.call() == 1) {
                step.textEmbeddings(texts.getFirst());
                step.latents(other.getFirst());
              }
            });
    assertSame(taken.get(3), other.get(3));
  }

  @Test
  void guidanceMayChangeEndAndComeBack() {
    var plain = run(request("dust"), NOTHING);
    var unguided = run(request("dust").guidance(0), NOTHING);
    var other = run(request("dust").guidance(2), NOTHING);
    // From the second call on as without guidance, then as with another one.
    var changed =
        run(
            request("dust"),
            step -> {
              switch (step.call()) {
                case 1 -> {
                  step.guidance(0);
                  step.latents(unguided.getFirst());
                }
                case 3 -> {
                  step.guidance(2);
                  step.latents(other.get(2));
                }
                default -> {}
              }
            });
    assertSame(changed.get(1), unguided.get(1));
    assertThat(Arrays.equals(changed.get(1), plain.get(1))).isFalse();
    assertSame(changed.get(3), other.get(3));
  }

  @Test
  void textsMayChangeWhileGuidanceIsOff() {
    var galaxy = new ArrayList<float[]>();
    run(request("galaxy"), step -> galaxy.add(step.textEmbeddings()));
    var expected = run(request("galaxy").guidance(1), NOTHING);
    var taken =
        run(
            request("dust"),
            step -> {
              if (step.call() == 1) {
                step.guidance(1);
                step.textEmbeddings(galaxy.getFirst());
                step.latents(expected.getFirst());
              }
            });
    assertSame(taken.get(3), expected.get(3));
  }

  @Test
  void whatCannotBeIsRefusedWithASentence() {
    assertRefused(request("a"), step -> step.latents(new float[3]), "3 numbers");
    assertRefused(request("a"), step -> step.textEmbeddings(new float[0]), "0 numbers");
    assertRefused(request("a"), step -> step.guidance(Double.NaN), "NaN");
    assertRefused(request("a").guidance(1), step -> step.guidance(2), "began without it");
    assertRefused(
        request("a"),
        step -> {
          float[] bad = step.latents();
          bad[7] = Float.POSITIVE_INFINITY;
          step.latents(bad);
        },
        "Infinity");
  }

  private static void assertRefused(Request request, StepCallback callback, String part) {
    assertThatThrownBy(() -> run(request, callback))
        .isInstanceOf(HubbleException.BadRequest.class)
        .hasMessageContaining(part)
        .message()
        .endsWith(".");
  }

  @Test
  void severalPicturesAreSteeredTogether() {
    var both = request("dust").count(2);
    var plain = run(both, NOTHING);
    var swapped =
        run(
            both,
            step -> {
              if (step.call() == 1) {
                float[] x = step.latents();
                int half = x.length / 2;
                float[] y = new float[x.length];
                IntStream.range(0, x.length).forEach(i -> y[i] = x[(i + half) % x.length]);
                step.latents(y);
              }
            });
    int half = plain.get(3).length / 2;
    assertSame(
        Arrays.copyOfRange(swapped.get(3), 0, half),
        Arrays.copyOfRange(plain.get(3), half, 2 * half));
  }
}
