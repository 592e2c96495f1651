// SPDX-License-Identifier: Apache-2.0
package dev.hubble.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.Cancellation;
import dev.hubble.Progress;
import dev.hubble.Progress.Event;
import dev.hubble.pipeline.Job;
import dev.hubble.pipeline.TextToImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The same request gives the same bits, however many threads compute and whatever else is in the
/// batch.
class SameBitsTest {
  private static final List<Job.Image> THREE =
      List.of(
          new Job.Image("a spiral galaxy", "", 5),
          new Job.Image("dust pillars", "red", 6),
          new Job.Image("a spiral galaxy", "", 7));

  /// All latents and the images of a run.
  private static List<float[]> bits(int threads, List<Job.Image> images) {
    var all = new ArrayList<float[]>();
    Progress record =
        event -> {
          if (event instanceof Event.Step step) {
            all.add(step.latents().values());
          }
        };
    try (var ops = Reference.open("cpu", threads)) {
      var job = new Job(images, 3, 5, 72, 136, "", 0);
      var result = new TextToImage(Reference.tinySd(ops)).run(job, record, new Cancellation());
      all.add(Reference.join(result.pixels()));
    }
    return all;
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 7})
  void anyNumberOfThreadsGivesTheSameBits(int threads) {
    assertSame(bits(threads, THREE), bits(1, THREE));
  }

  @Test
  void anImageInABatchHasTheBitsOfTheImageAlone() {
    var together = bits(2, THREE);
    for (int i = 0; i < THREE.size(); i++) {
      int which = i;
      var part =
          together.stream()
              .map(x -> Arrays.copyOfRange(x, which * (x.length / 3), (which + 1) * (x.length / 3)))
              .toList();
      assertSame(part, bits(2, List.of(THREE.get(i))));
    }
  }

  private static void assertSame(List<float[]> actual, List<float[]> expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      // Arrays.equals compares bits, NaN included.
      assertThat(Arrays.equals(actual.get(i), expected.get(i))).as("tensor %d", i).isTrue();
    }
  }
}
