// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a recording holds of two runs.
class FlightRecorderTest {
  @TempDir Path folder;

  @Test
  void everyStageIsAnEvent() throws IOException {
    List<RecordedEvent> events;
    Generated out;
    try (var recording = new Recording()) {
      recording.start();
      try (var hubble = Tiny.load()) {
        out = hubble.generate(Request.of("dust").steps(3).scheduler("ddim").count(2));
        var stopped = new Cancellation();
        stopped.cancel();
        assertThatThrownBy(() -> hubble.generate(Request.of("a"), Progress.NONE, stopped))
            .isInstanceOf(HubbleException.Cancelled.class);
        assertThatThrownBy(() ->
                hubble.generate(
                    Request.of("a").steps(1).scheduler("ddim"),
                    event -> {
                      if (event instanceof Progress.Event.Step) {
                        throw new IllegalStateException("listener");
                      }
                    },
                    new Cancellation()))
            .isInstanceOf(IllegalStateException.class);
      }
      recording.stop();
      Path file = folder.resolve("run.jfr");
      recording.dump(file);
      events = RecordingFile.readAllEvents(file);
    }
    assertThat(named(events, "ModelLoad"))
        .singleElement()
        .satisfies(event -> assertThat(event.getString("device")).contains("cpu"));
    assertThat(named(events, "Job"))
        .extracting(event -> event.getString("outcome"))
        .containsExactly("done", "IllegalStateException");
    var job = named(events, "Job").getFirst();
    assertThat(job.getInt("pictures")).isEqualTo(2);
    assertThat(job.getInt("steps")).isEqualTo(3);
    assertThat(job.getInt("width")).isEqualTo(128);
    assertThat(job.getEventType().getCategoryNames()).containsExactly("Hubble");
    assertThat(named(events, "UNetCall"))
        .extracting(event -> event.getInt("call"))
        .containsExactly(1, 2, 3, 1);
    assertThat(named(events, "VaeDecode")).hasSize(1);
    assertThat(named(events, "Text")).hasSize(2);
    // The events tell the same as the result.
    double millis =
        named(events, "UNetCall").stream().limit(3).mapToLong(e -> e.getDuration().toNanos()).sum()
            / 1e6;
    double told = out.timings().unet().stream().mapToDouble(x -> x).sum();
    assertThat(millis).isBetween(0.5 * told, 1.5 * told);
    assertThat(named(events, "UNetCall"))
        .allSatisfy(event ->
            assertThat(event.getThread().getJavaThreadId())
                .isEqualTo(job.getThread().getJavaThreadId()));
  }

  private static List<RecordedEvent> named(List<RecordedEvent> events, String name) {
    return events.stream()
        .filter(event -> event.getEventType().getName().equals("dev.hubble." + name))
        .sorted((a, b) -> a.getStartTime().compareTo(b.getStartTime()))
        .toList();
  }
}
