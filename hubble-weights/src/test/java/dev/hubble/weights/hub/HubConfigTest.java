// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HubConfigTest {
  @TempDir Path folder;

  private HubConfig config(String... pairs) {
    Map<String, String> environment = new HashMap<>();
    environment.put("HOME", folder.toString());
    for (int i = 0; i < pairs.length; i += 2) {
      environment.put(pairs[i], pairs[i + 1]);
    }
    return HubConfig.of(environment);
  }

  @Test
  void defaults() {
    var config = config();
    assertThat(config.endpoint()).isEqualTo(URI.create("https://huggingface.co"));
    assertThat(config.cache()).isEqualTo(folder.resolve(".cache/huggingface/hub"));
    assertThat(config.token()).isNull();
    assertThat(config.offline()).isFalse();
    assertThat(config.symlinks()).isTrue();
    assertThat(config.headTimeout()).isEqualTo(Duration.ofSeconds(10));
    assertThat(config.readTimeout()).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void theCacheIsWhereTheFirstVariableSays() {
    assertThat(config("XDG_CACHE_HOME", "/x").cache()).isEqualTo(Path.of("/x/huggingface/hub"));
    assertThat(config("XDG_CACHE_HOME", "/x", "HF_HOME", "/h").cache())
        .isEqualTo(Path.of("/h/hub"));
    assertThat(config("HF_HOME", "~/h").cache()).isEqualTo(folder.resolve("h/hub"));
    assertThat(config("HF_HOME", "/h", "HUGGINGFACE_HUB_CACHE", "/c").cache())
        .isEqualTo(Path.of("/c"));
    assertThat(config("HUGGINGFACE_HUB_CACHE", "/c", "HF_HUB_CACHE", "/d").cache())
        .isEqualTo(Path.of("/d"));
    assertThat(config("HF_HOME", "").cache()).isEqualTo(folder.resolve(".cache/huggingface/hub"));
  }

  @Test
  void theTokenComesFromTheFirstSource() throws IOException {
    Files.createDirectories(folder.resolve(".cache/huggingface"));
    Files.writeString(folder.resolve(".cache/huggingface/token"), " file\r\n");
    Files.writeString(folder.resolve("other"), "other\n");
    Files.writeString(folder.resolve("empty"), "\r\n");
    assertThat(config().token()).isEqualTo("file");
    assertThat(config("HF_TOKEN_PATH", folder.resolve("other").toString()).token())
        .isEqualTo("other");
    assertThat(config("HF_TOKEN_PATH", folder.resolve("empty").toString()).token()).isNull();
    assertThat(config("HUGGING_FACE_HUB_TOKEN", "old").token()).isEqualTo("old");
    assertThat(config("HUGGING_FACE_HUB_TOKEN", "old", "HF_TOKEN", "new\n").token())
        .isEqualTo("new");
    assertThat(config("HF_TOKEN", "new", "HF_HUB_DISABLE_IMPLICIT_TOKEN", "1").token()).isNull();
    assertThat(config("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1").withToken("mine").token())
        .isEqualTo("mine");
  }

  @Test
  void theTokenIsNotPrinted() {
    assertThat(config("HF_TOKEN", "hf_secret").toString()).doesNotContain("hf_secret");
  }

  @ParameterizedTest
  @CsvSource({"1,true", "on,true", "Yes,true", "TRUE,true", "0,false", "no,false", "'',false"})
  void switches(String value, boolean on) {
    assertThat(config("HF_HUB_OFFLINE", value).offline()).isEqualTo(on);
    assertThat(config("TRANSFORMERS_OFFLINE", value).offline()).isEqualTo(on);
    assertThat(config("HF_HUB_DISABLE_SYMLINKS", value).symlinks()).isEqualTo(!on);
  }

  @Test
  void timeouts() {
    var config = config("HF_HUB_ETAG_TIMEOUT", "2.5", "HF_HUB_DOWNLOAD_TIMEOUT", "60");
    assertThat(config.headTimeout()).isEqualTo(Duration.ofMillis(2500));
    assertThat(config.readTimeout()).isEqualTo(Duration.ofSeconds(60));
    assertThat(config("HF_HUB_ETAG_TIMEOUT", "soon").headTimeout())
        .isEqualTo(Duration.ofSeconds(10));
    assertThat(config("HF_HUB_ETAG_TIMEOUT", "-1").headTimeout()).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void theEndpointLosesItsSlash() {
    assertThat(config("HF_ENDPOINT", "https://mirror.example/hf//").endpoint())
        .isEqualTo(URI.create("https://mirror.example/hf"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"mirror", "ftp://x", "https://", "https://x y", "http://u:p@x", "https://x?a=b"})
  void endpointsThatAreNone(String endpoint) {
    assertThatThrownBy(() -> config("HF_ENDPOINT", endpoint))
        .isInstanceOf(HubException.class)
        .hasMessageContaining("HF_ENDPOINT");
  }

  @Test
  void theUserAgentSaysLittleAndLessIfAsked() {
    assertThat(config().userAgent()).startsWith("hubble; java/");
    assertThat(config("HF_HUB_USER_AGENT_ORIGIN", "lab").userAgent()).endsWith("; origin/lab");
    assertThat(config("DO_NOT_TRACK", "1", "HF_HUB_USER_AGENT_ORIGIN", "lab").userAgent())
        .isEqualTo("hubble");
    assertThat(config("HF_HUB_DISABLE_TELEMETRY", "1").userAgent()).isEqualTo("hubble");
  }
}
