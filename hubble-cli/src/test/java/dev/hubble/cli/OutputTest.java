// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.HubbleException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

class OutputTest extends CommandLineTest {
  @Test
  void namesThePictureAfterPromptAndSeed() throws IOException {
    assertThat(run("A blue, spiral galaxy!", "--seed", "42")).isZero();
    assertThat(files()).containsExactly("a-blue-spiral-galaxy-42.png");
    assertThat(out().lines())
        .containsExactly(folder.resolve("a-blue-spiral-galaxy-42.png").toString());
    assertThat(err()).isEmpty();
  }

  @Test
  void writesAPictureThatSaysHowItWasMade() throws IOException {
    assertThat(run("a galaxy", "--negative", "stars", "--seed", "42")).isZero();
    Path file = folder.resolve("a-galaxy-42.png");
    assertThat(ImageIO.read(file.toFile()).getWidth()).isEqualTo(16);
    assertThat(parameters(file))
        .startsWith("a galaxy\nNegative prompt: stars\nSteps: 25, Sampler: PLMS, CFG scale: 5,")
        .contains("Seed: 42, Size: 16x8, Model hash: 0123456789, Model: hubble-mini,")
        .containsPattern("Version: hubble \\d+\\.\\d+\\.\\d+");
  }

  @Test
  void neverReplacesWhatItNamedItself() throws IOException {
    for (int i = 0; i < 3; i++) {
      assertThat(run("a", "--seed", "1")).isZero();
    }
    assertThat(files()).containsExactly("a-1-2.png", "a-1-3.png", "a-1.png");
  }

  @Test
  void neverReplacesInANamedFolder() throws IOException {
    Files.writeString(folder.resolve("a-1.png"), "mine");
    assertThat(run("a", "--seed", "1", "-o", folder.toString())).isZero();
    assertThat(folder.resolve("a-1.png")).hasContent("mine");
    assertThat(files()).containsExactly("a-1-2.png", "a-1.png");
  }

  @Test
  void replacesTheFileThatTheUserNamed() throws IOException {
    Files.writeString(folder.resolve("mine.png"), "old");
    assertThat(run("a", "-o", "mine.png")).isZero();
    assertThat(files()).containsExactly("mine.png");
    assertThat(ImageIO.read(folder.resolve("mine.png").toFile())).isNotNull();
  }

  @Test
  void keepsALinkALink() throws IOException {
    Files.createDirectory(folder.resolve("far"));
    Files.writeString(folder.resolve("far/real.png"), "old");
    Files.createSymbolicLink(folder.resolve("link.png"), Path.of("far/real.png"));
    assertThat(run("a", "-o", "link.png")).isZero();
    assertThat(folder.resolve("link.png")).isSymbolicLink();
    assertThat(ImageIO.read(folder.resolve("far/real.png").toFile())).isNotNull();
  }

  @Test
  void numbersManyPicturesInOneName() throws IOException {
    assertThat(run("a", "--count", "3", "-o", "x.y.png")).isZero();
    assertThat(files()).containsExactly("x.y-1.png", "x.y-2.png", "x.y-3.png");
    assertThat(out().lines()).hasSize(3);
  }

  @Test
  void namesManyPicturesAfterTheirSeeds() throws IOException {
    assertThat(run("a", "--count", "2", "--seed", "8")).isZero();
    assertThat(files()).containsExactly("a-8.png", "a-9.png");
  }

  @Test
  void refusesBeforeDrawingWhatItCannotWrite() throws IOException {
    Files.writeString(folder.resolve("file"), "");
    Files.createDirectory(folder.resolve("x-2.png"));
    String[][] refused = {
      {"-o", "missing/x.png"},
      {"-o", "missing/"},
      {"-o", "file/x.png"},
      {"-o", "x.png", "--count", "2"},
      {"--report", "missing/r.json"},
      {"--trace", folder.toString()},
    };
    for (String[] options : refused) {
      String[] args = new String[options.length + 1];
      args[0] = "a";
      System.arraycopy(options, 0, args, 1, options.length);
      assertThat(run(args)).as(String.join(" ", options)).isEqualTo(1);
    }
    assertThat(err().lines()).hasSize(refused.length);
    assertThat(err().lines().findFirst()).get().asString().contains("missing; make it first");
    assertThat(engine.models).isEmpty();
    assertThat(files()).containsExactly("file", "x-2.png");
  }

  @Test
  void leavesNothingBehindWhenDrawingFails() throws IOException {
    engine.failure = new HubbleException.NotANumber("The UNet returned NaN at step 2.");
    assertThat(run("a", "-o", "x.png", "--report", "r.json")).isEqualTo(1);
    assertThat(files()).isEmpty();
  }

  @Test
  void saysWhatOfThePromptWasCutOff() {
    engine.truncated = "and a dog";
    assertThat(run("a")).isZero();
    assertThat(err()).contains("left out: \"and a dog\"");
    assertThat(out().lines()).hasSize(1);
  }

  @Test
  void isQuietWhenAsked() {
    engine.truncated = "and a dog";
    columns = 80;
    assertThat(run("a", "--quiet")).isZero();
    assertThat(err()).isEmpty();
  }

  @Test
  void passesTheTraceFileOn() {
    assertThat(run("a", "--trace", "t.safetensors")).isZero();
    assertThat(engine.trace).isEqualTo(folder.resolve("t.safetensors"));
  }

  private static String parameters(Path file) throws IOException {
    var reader = ImageIO.getImageReadersByFormatName("png").next();
    try (var in = ImageIO.createImageInputStream(file.toFile())) {
      reader.setInput(in);
      var tree = (Element) reader.getImageMetadata(0).getAsTree("javax_imageio_png_1.0");
      return ((Element) tree.getElementsByTagName("tEXtEntry").item(0)).getAttribute("value");
    } finally {
      reader.dispose();
    }
  }
}
