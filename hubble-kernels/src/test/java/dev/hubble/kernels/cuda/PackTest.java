// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hubble.kernels.DeviceException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PackTest {
  /// Kernels that keep all their numbers in registers.
  private static final String HOT = "hb_(linear|conv|upsample_conv|hopper|attention)_.*";

  private final Pack pack = Pack.open();

  @Test
  void thePackIsMadeFromTheseSources() throws IOException {
    var sources = MockDriver.root().resolve("hubble-kernels/src/main/cuda");
    assertThat(pack.sources())
        .as("the pack of kernels is stale: mvn -Pkernels process-test-classes -pl hubble-kernels")
        .isEqualTo(PackBuilder.hashes(sources));
    assertThat(pack.header("options")).isEqualTo(PackBuilder.options());
    assertThat(pack.header("compiler")).startsWith("NVRTC 13");
  }

  @Test
  void everyKernelIsThereForEveryTarget() throws IOException {
    assertThat(pack.targets()).containsExactlyInAnyOrderElementsOf(PackBuilder.TARGETS);
    var expected = names("sm_80");
    assertThat(expected).hasSizeGreaterThan(60);
    for (var target : Set.of("sm_100", "sm_120")) {
      assertThat(names(target)).as(target).isEqualTo(expected);
    }
    // Hopper has some of its own besides.
    var own = names("sm_90a");
    assertThat(own).containsAll(expected);
    own.removeAll(expected);
    assertThat(own).hasSize(4).allMatch(name -> name.startsWith("hb_hopper_"));
    for (var unit : PackBuilder.units(MockDriver.root().resolve("hubble-kernels/src/main/cuda"))) {
      for (var target : PackBuilder.TARGETS) {
        byte[] image = pack.image(unit, target);
        if (target.startsWith("compute_")) {
          var text = new String(image, StandardCharsets.US_ASCII);
          assertThat(text).contains(".version 8.0\n").contains(".target sm_80").endsWith("\0");
        } else {
          assertThat(image).as(unit + " " + target).startsWith(0x7f, 'E', 'L', 'F');
        }
        assertThat(PackBuilder.sha256(image))
            .as(unit + " for " + target + " is what the index says")
            .isEqualTo(pack.hash(unit, target));
      }
    }
  }

  private Set<String> names(String target) {
    return pack.kernels().stream()
        .filter(k -> k.target().equals(target))
        .map(Pack.Compiled::name)
        .collect(Collectors.toSet());
  }

  @Test
  void hotKernelsKeepTheirNumbersInRegisters() {
    assertThat(pack.kernels())
        .filteredOn(k -> k.name().matches(HOT))
        .isNotEmpty()
        .allMatch(k -> k.spills() == 0 && k.registers() <= 255);
  }

  @Test
  void thePageOfResourcesIsThatOfThePack() throws IOException, InterruptedException {
    assumeTrue(System.getProperty("os.name").startsWith("Linux"), "the page is made by bash");
    var script = "hubble-kernels/src/test/cuda/resources.sh";
    var process =
        new ProcessBuilder("bash", MockDriver.root().resolve(script).toString())
            .redirectErrorStream(true)
            .start();
    var page = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(page).isZero();
    assertThat(MockDriver.root().resolve("docs/cuda/resources.md"))
        .as("the page is stale: " + script + " > docs/cuda/resources.md")
        .hasContent(page);
  }

  @ParameterizedTest
  @CsvSource({
    "8, 0, sm_80",
    "8, 6, sm_80",
    "8, 9, sm_80",
    "9, 0, sm_90a",
    "10, 0, sm_100",
    "10, 3, sm_100",
    "12, 0, sm_120",
    "12, 1, sm_120",
    "11, 0, compute_80",
    "13, 0, compute_80",
    "9, 5, compute_80"
  })
  void whatAGpuRuns(int major, int minor, String target) {
    assertThat(pack.choose(new Capability(major, minor))).isEqualTo(target);
  }

  @Test
  void olderGpusAreToldWhatIsNeeded() {
    assertThatThrownBy(() -> pack.choose(new Capability(7, 5)))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("7.5")
        .hasMessageContaining("8.0 or later");
  }

  @Test
  void twoPacksAreComparedByWhatIsInThem(@TempDir Path one, @TempDir Path other)
      throws IOException {
    Files.write(one.resolve("a.sm_80.cubin.gz"), packed("code", 1));
    Files.write(other.resolve("a.sm_80.cubin.gz"), packed("code", 9));
    Files.writeString(one.resolve(Pack.INDEX), "kernel a sm_80 hb_a 32 0 0\n");
    Files.writeString(other.resolve(Pack.INDEX), "kernel a sm_80 hb_a 32 0 0\n");
    assertThat(PackDifference.of(one, other)).isEmpty();
    Files.write(other.resolve("a.sm_80.cubin.gz"), packed("cods", 9));
    Files.writeString(other.resolve(Pack.INDEX), "kernel a sm_80 hb_a 33 0 0\n");
    Files.write(one.resolve("b.sm_80.cubin.gz"), packed("code", 1));
    assertThat(PackDifference.of(one, other))
        .containsExactlyInAnyOrder(
            "a.sm_80.cubin.gz differs",
            "b.sm_80.cubin.gz is made of no source",
            "- kernel a sm_80 hb_a 32 0 0",
            "+ kernel a sm_80 hb_a 33 0 0");
  }

  private static byte[] packed(String text, int level) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var gzip =
        new GZIPOutputStream(out) {
          {
            def.setLevel(level);
          }
        }) {
      gzip.write(text.getBytes(StandardCharsets.US_ASCII));
    }
    return out.toByteArray();
  }

  @Test
  void theAssemblersReportIsRead() {
    var log =
        """
        ptxas info    : Compiling entry function 'hb_a' for 'sm_80'
        ptxas info    : Function properties for hb_a
        ptxas         .     16 bytes stack frame, 12 bytes spill stores, 8 bytes spill loads
        ptxas info    : Used 64 registers, used 1 barriers, 9216 bytes smem, 396 bytes cmem[0]
        """;
    assertThat(PackCompiler.resources(log).get("hb_a")).containsExactly(64, 9216, 12);
  }
}
