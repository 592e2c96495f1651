// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The committed pack with the rungs: made from these sources, and nothing spilled.
class LadderPackTest {
  private static final String STALE =
      "the ladders' pack is stale: mvn -Pkernels process-test-classes -pl hubble-kernels";
  private static final List<Path> FOLDERS =
      Stream.of("hubble-bench/src/main/cuda", "hubble-kernels/src/main/cuda")
          .map(MockGpu.root()::resolve)
          .toList();

  private static List<String[]> lines(String kind) throws IOException {
    try (var in = LadderPackTest.class.getResourceAsStream(BaselineProgram.PACK + "index.txt")) {
      assertThat(in).isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(line -> line.split(" ", -1))
          .filter(words -> words[0].equals(kind))
          .toList();
    }
  }

  @Test
  void thePackIsMadeFromTheseSources() throws Exception {
    var sources = lines("source");
    for (var words : sources) {
      var file = FOLDERS.stream().map(f -> f.resolve(words[1])).filter(Files::exists).findFirst();
      assertThat(file).as(STALE + " (" + words[1] + ")").isPresent();
      var digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file.get()));
      assertThat(words[2])
          .as(STALE + " (" + words[1] + ")")
          .isEqualTo(HexFormat.of().formatHex(digest));
    }
    Set<String> known = sources.stream().map(words -> words[1]).collect(Collectors.toSet());
    try (var files = Files.list(FOLDERS.getFirst())) {
      assertThat(known)
          .as(STALE)
          .containsAll(
              files
                  .map(f -> f.getFileName().toString())
                  .filter(name -> name.matches(".*\\.cuh?"))
                  .toList());
    }
  }

  @Test
  void noRungSpills() throws IOException {
    var kernels = lines("kernel");
    assertThat(kernels).hasSize(24); // 12 rungs for two targets
    assertThat(kernels)
        .allSatisfy(words -> assertThat(words[6]).as(String.join(" ", words)).isEqualTo("0"));
  }
}
