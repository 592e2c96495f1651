// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import dev.hubble.Progress.Event;
import dev.hubble.weights.MemoryTensors;
import dev.hubble.weights.SafetensorsWriter;
import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.WeightsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Records every number that another implementation can be compared with, and writes them to a
/// safetensors file: `ids` `[2,77]` (negative, prompt), `text_hidden` `[2,77,C]` (or a multiple of
/// 77, where a prompt is read in chunks), `noise` `[N,4,h,w]` (the initial latents), `latents`
/// `[calls,N,4,h,w]` after each UNet call, `images` `[N,H,W,3]` in 0..1.
///
/// ```java
/// var trace = new TraceRecorder();
/// hubble.generate(request, trace, new Cancellation());
/// trace.write(Path.of("trace.safetensors"));
/// ```
public final class TraceRecorder implements Progress {
  private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();
  private final List<float[]> latents = new ArrayList<>();
  private List<Integer> latentShape = List.of();

  /// A recorder with nothing in it yet.
  public TraceRecorder() {}

  @Override
  public void on(Event event) {
    switch (event) {
      case Event.Started started -> {
        int length = started.prompt().ids().size();
        long[] ids =
            Stream.of(started.negative(), started.prompt())
                .flatMap(tokens -> tokens.ids().stream())
                .mapToLong(Integer::longValue)
                .toArray();
        tensors.put("ids", MemoryTensors.of("ids", ids, 2, length));
        keep("text_hidden", started.text());
        keep("noise", started.noise());
      }
      case Event.Step step -> {
        if (!latents.isEmpty() && !latentShape.equals(step.latents().shape())) {
          keepLatents("latents_first_pass");
          latents.clear();
        }
        latents.add(step.latents().values());
        latentShape = step.latents().shape();
      }
      case Event.Decoding decoding -> {}
      case Event.Decoded decoded -> keep("images", decoded.images());
    }
  }

  private void keepLatents(String name) {
    var shape = new ArrayList<>(latentShape);
    shape.addFirst(latents.size());
    int each = latents.getFirst().length;
    float[] all = new float[latents.size() * each];
    for (int i = 0; i < latents.size(); i++) {
      System.arraycopy(latents.get(i), 0, all, i * each, each);
    }
    keep(name, all, shape);
  }

  private void keep(String name, Values values) {
    keep(name, values.values(), values.shape());
  }

  private void keep(String name, float[] values, List<Integer> shape) {
    long[] sizes = shape.stream().mapToLong(Integer::longValue).toArray();
    tensors.put(name, MemoryTensors.of(name, values, sizes));
  }

  /// Writes what was recorded.
  ///
  /// @throws HubbleException if the file cannot be written
  public void write(Path file) {
    if (!latents.isEmpty()) {
      keepLatents("latents");
    }
    try {
      SafetensorsWriter.write(file, tensors);
    } catch (WeightsException e) {
      throw new HubbleException(e.getMessage(), e);
    }
  }
}
