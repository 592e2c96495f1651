// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Pictures of runs that are not finished, on a model that draws something.
class PreviewTest {
  private static Hubble hubble;

  @BeforeAll
  static void open() {
    hubble = Hubble.mini();
  }

  @AfterAll
  static void close() {
    hubble.close();
  }

  private static Request request(String scheduler) {
    return Request.of("a blue spiral galaxy").scheduler(scheduler).steps(8).seed(42);
  }

  private record Seen(List<BufferedImage> rough, List<BufferedImage> decoded) {}

  private static final List<Seen> SEEN = new ArrayList<>();

  private static Generated look(Request request) {
    SEEN.clear();
    return hubble.generate(
        request,
        RunOptions.DEFAULT.progress(event -> {
          if (event instanceof Progress.Event.Step step) {
            SEEN.add(new Seen(step.preview().rough(), step.preview().decoded()));
          }
        }));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ddim", "pndm", "euler", "dpmpp-2m-karras", "lcm"})
  void previewsComeNearerAndNearer(String scheduler) {
    var out = look(request(scheduler));
    double first = correlation(SEEN.getFirst().decoded().getFirst(), out.image());
    double middle = correlation(SEEN.get(5).decoded().getFirst(), out.image());
    double last = correlation(SEEN.getLast().decoded().getFirst(), out.image());
    double rough = correlation(SEEN.getLast().rough().getFirst(), shrink(out.image()));
    System.out.printf("%s: %.3f %.3f %.3f, rough %.3f%n", scheduler, first, middle, last, rough);
    assertThat(last).isGreaterThan(0.99);
    assertThat(middle).isGreaterThan(first).isGreaterThan(0.5);
    assertThat(rough).isGreaterThan(0.85);
  }

  @Test
  void theLastStepOfDdimIsThePictureItself() {
    var out = look(request("ddim").count(2));
    assertThat(SEEN.getLast().decoded()).hasSize(2);
    assertThat(SEEN.getLast().rough()).hasSize(2);
    // α̅ after the last step of this model is that of time 0, not 1, so the two differ by a hair.
    assertThat(correlation(SEEN.getLast().decoded().get(1), out.pictures().get(1).image()))
        .isGreaterThan(0.999);
  }

  @Test
  void lookingChangesNothing() {
    var looked = look(request("euler-a"));
    assertThat(Tiny.pixels(looked)).isEqualTo(Tiny.pixels(hubble.generate(request("euler-a"))));
  }

  private static BufferedImage shrink(BufferedImage image) {
    var small = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < 16; y++) {
      for (int x = 0; x < 16; x++) {
        int rgb = 0;
        for (int shift = 0; shift <= 16; shift += 8) {
          int sum = 0;
          for (int i = 0; i < 64; i++) {
            sum += image.getRGB(8 * x + i % 8, 8 * y + i / 8) >> shift & 0xff;
          }
          rgb |= (sum / 64) << shift;
        }
        small.setRGB(x, y, rgb);
      }
    }
    return small;
  }

  /// Pearson's, over all numbers of both pictures.
  private static double correlation(BufferedImage a, BufferedImage b) {
    double[] x = numbers(a);
    double[] y = numbers(b);
    double xx = 0;
    double yy = 0;
    double xy = 0;
    for (int i = 0; i < x.length; i++) {
      xx += x[i] * x[i];
      yy += y[i] * y[i];
      xy += x[i] * y[i];
    }
    return xy / Math.sqrt(xx * yy);
  }

  private static double[] numbers(BufferedImage image) {
    int[] rgb = Tiny.pixels(image);
    double[] values = new double[3 * rgb.length];
    double mean = 0;
    for (int i = 0; i < values.length; i++) {
      values[i] = rgb[i / 3] >> (8 * (i % 3)) & 0xff;
      mean += values[i] / values.length;
    }
    for (int i = 0; i < values.length; i++) {
      values[i] -= mean;
    }
    return values;
  }
}
