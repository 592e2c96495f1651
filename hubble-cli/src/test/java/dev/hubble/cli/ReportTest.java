// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ReportTest extends CommandLineTest {
  @Test
  void tellsScriptsHowTheRunWent() throws IOException {
    engine.truncated = "and a dog";
    assertThat(run("a \"cat\"", "--count", "2", "-o", "x.png", "--report", "r.json")).isZero();
    JsonNode report = new JsonMapper().readTree(Files.readString(folder.resolve("r.json")));
    assertThat(report.propertyNames())
        .containsExactlyInAnyOrder(
            "version",
            "model",
            "device",
            "dtype",
            "prompt",
            "negative",
            "token_count",
            "truncated_text",
            "seed",
            "seeds",
            "steps",
            "scheduler",
            "guidance",
            "width",
            "height",
            "settings",
            "safety",
            "milliseconds",
            "peak_memory_bytes",
            "files");
    assertThat(report.get("version").asString()).isEqualTo(VersionProvider.version());
    assertThat(report.at("/model/name").asString()).isEqualTo("hubble-mini");
    assertThat(report.at("/model/hash").asString()).isEqualTo("0123456789");
    assertThat(report.get("device").asString()).isEqualTo("CPU, 2 cores");
    assertThat(report.get("dtype").asString()).isEqualTo("f32");
    assertThat(report.get("prompt").asString()).isEqualTo("a \"cat\"");
    assertThat(report.get("token_count").asInt()).isEqualTo(5);
    assertThat(report.get("truncated_text").asString()).isEqualTo("and a dog");
    assertThat(report.get("seed").asLong()).isEqualTo(7);
    assertThat(report.get("seeds").toString()).isEqualTo("[7,8]");
    assertThat(report.get("steps").asInt()).isEqualTo(25);
    assertThat(report.get("scheduler").asString()).isEqualTo("pndm");
    assertThat(report.get("guidance").asDouble()).isEqualTo(5);
    assertThat(report.get("width").asInt()).isEqualTo(16);
    assertThat(report.get("height").asInt()).isEqualTo(8);
    assertThat(report.get("milliseconds").toString())
        .isEqualTo(
            "{\"load\":1.0,\"wait\":0.0,\"text\":2.0,\"unet\":[3.5,4.5],\"vae\":5.0,\"total\":6.0}");
    assertThat(report.get("peak_memory_bytes").asLong()).isGreaterThan(1 << 20);
    assertThat(report.get("files").toString()).contains("x-1.png").contains("x-2.png");
  }
}
