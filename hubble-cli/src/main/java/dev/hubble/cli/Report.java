// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.hubble.Generated;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// What `--report` writes: how a run went, for scripts.
@JsonPropertyOrder({"version", "model"})
record Report(
    String version,
    Generated.ModelId model,
    String device,
    String dtype,
    String prompt,
    String negative,
    @JsonProperty("token_count") int tokenCount,
    @JsonProperty("truncated_text") String truncatedText,
    long seed,
    List<Long> seeds,
    int steps,
    String scheduler,
    double guidance,
    int width,
    int height,
    Milliseconds milliseconds,
    @JsonProperty("peak_memory_bytes") long peakMemoryBytes,
    List<String> files) {

  record Milliseconds(double load, double text, List<Double> unet, double vae, double total) {}

  static Report of(Generated generated, List<Path> files) {
    List<Long> seeds = generated.pictures().stream().map(Generated.Picture::seed).toList();
    Generated.Timings t = generated.timings();
    return new Report(
        VersionProvider.version(),
        generated.model(),
        generated.device(),
        generated.dtype(),
        generated.prompt(),
        generated.negative(),
        generated.tokens().untruncated(),
        generated.tokens().truncated(),
        seeds.getFirst(),
        seeds,
        generated.steps(),
        generated.scheduler(),
        generated.guidance(),
        generated.width(),
        generated.height(),
        new Milliseconds(t.load(), t.text(), t.unet(), t.vae(), t.total()),
        Memory.peakBytes(),
        files.stream().map(Path::toString).toList());
  }

  void write(Path file) {
    byte[] json =
        JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build()
            .writeValueAsBytes(this);
    SafeFile.replace(
        file,
        out -> {
          out.write(json);
          out.write('\n');
        });
  }
}
