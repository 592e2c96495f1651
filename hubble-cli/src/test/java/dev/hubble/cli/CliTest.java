// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.Additions;
import dev.hubble.HubbleException;
import dev.hubble.NoiseKind;
import dev.hubble.PromptSyntax;
import dev.hubble.Request;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CliTest extends CommandLineTest {
  @Test
  void drawsAPrompt() {
    assertThat(run("a galaxy")).isZero();
    assertThat(engine.requests).containsExactly(Request.of("a galaxy"));
    assertThat(engine.models).containsExactly("mini");
    assertThat(engine.closed).isEqualTo(1);
    assertThat(err()).isEmpty();
  }

  @Test
  void passesTheRarerOptionsOn() {
    assertThat(
            run(
                "a",
                "--noise",
                "torch-cuda",
                "--clip-skip",
                "1",
                "--guidance-rescale",
                "0.5",
                "--scheduler",
                "DPM++ 2M Karras"))
        .isZero();
    assertThat(engine.requests)
        .containsExactly(
            Request.of("a")
                .noise(NoiseKind.TORCH_CUDA)
                .clipSkip(1)
                .guidanceRescale(0.5)
                .scheduler("DPM++ 2M Karras"));
    assertThat(run("a", "--noise", "loud")).isEqualTo(2);
    assertThat(err()).contains("torch-cpu or torch-cuda");
  }

  @Test
  void passesAdditionsOn(@TempDir Path folder) throws IOException {
    Path odd = Files.createFile(folder.resolve("a=b.pt"));
    assertThat(
            run(
                "a",
                "--prompt-syntax",
                "compel",
                "--lora",
                "one.safetensors=0.5",
                "--lora",
                "two.safetensors",
                "--embedding",
                odd.toString(),
                "--embedding",
                "x.pt=<cat>"))
        .isZero();
    assertThat(engine.requests).containsExactly(Request.of("a").syntax(PromptSyntax.COMPEL));
    var additions = requireNonNull(engine.options).additions();
    assertThat(additions.loras()).extracting(Additions.Lora::scale).containsExactly(0.5, 1.0);
    assertThat(additions.loras().getFirst().file().toString()).endsWith("one.safetensors");
    assertThat(additions.embeddings().getFirst()).isEqualTo(new Additions.Embedding(odd, null));
    assertThat(additions.embeddings().getLast().token()).isEqualTo("<cat>");
    assertThat(run("a", "--lora", "x=much")).isEqualTo(2);
    assertThat(err()).contains("must be a number");
  }

  @Test
  void readsPicturesToStartFrom(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("old.png");
    ImageIO.write(new BufferedImage(16, 8, BufferedImage.TYPE_INT_RGB), "png", file.toFile());
    String name = file.toString();
    assertThat(run("a", "--init-image", name, "--mask", name, "--strength", "0.5")).isZero();
    Request request = engine.requests.getFirst();
    assertThat(Objects.requireNonNull(request.initImage()).getWidth()).isEqualTo(16);
    assertThat(Objects.requireNonNull(request.mask()).getHeight()).isEqualTo(8);
    assertThat(request.strength()).hasValue(0.5);
  }

  @Test
  void saysWhichPictureItCannotRead(@TempDir Path folder) throws IOException {
    assertThat(run("a", "--init-image", folder.resolve("none.png").toString())).isEqualTo(2);
    assertThat(err()).contains("--init-image", "none.png cannot be read.");
    Path text = Files.writeString(folder.resolve("text.png"), "text");
    assertThat(run("a", "--mask", text.toString())).isEqualTo(2);
    assertThat(err()).contains("--mask", "is no picture");
    assertThat(engine.models).isEmpty();
  }

  @Test
  void drawsWithTheNameOfTheCommandToo() {
    assertThat(run("generate", "a galaxy", "--steps", "9")).isZero();
    assertThat(engine.requests).containsExactly(Request.of("a galaxy").steps(9));
  }

  @ParameterizedTest
  @ValueSource(strings = {"tokens", "info", "doctor", "generate", "help", "@list", ""})
  void drawsAnyText(String prompt) {
    assertThat(run("generate", prompt)).isZero();
    assertThat(engine.requests).containsExactly(Request.of(prompt));
  }

  @Test
  void takesACommandOnlyAsTheFirstArgument() {
    assertThat(run("--steps", "9", "tokens")).isZero();
    assertThat(engine.requests).containsExactly(Request.of("tokens").steps(9));
  }

  @Test
  void drawsAPromptThatBeginsLikeAnOption() {
    assertThat(run("--", "--steps")).isZero();
    assertThat(engine.requests).containsExactly(Request.of("--steps"));
  }

  @Test
  void passesEveryOptionOn() {
    assertThat(
            run(
                "a",
                "--negative",
                "b",
                "--steps",
                "3",
                "--guidance",
                "-1.5",
                "--seed",
                "-4",
                "--width",
                "64",
                "--height",
                "32",
                "--count",
                "2",
                "--scheduler",
                "ddim",
                "--eta",
                "0.5",
                "--device",
                "reference",
                "--dtype",
                "f32",
                "--threads",
                "3",
                "--offline",
                "--quiet",
                "--debug",
                "--model",
                "some/folder"))
        .isZero();
    assertThat(engine.requests)
        .containsExactly(
            Request.of("a")
                .negative("b")
                .steps(3)
                .guidance(-1.5)
                .seed(-4)
                .size(64, 32)
                .count(2)
                .scheduler("ddim")
                .eta(0.5f));
    assertThat(engine.models).containsExactly("some/folder");
    assertThat(engine.options)
        .isNotNull()
        .satisfies(options -> {
          assertThat(options.device()).isEqualTo("reference");
          assertThat(options.threads()).isEqualTo(3);
          assertThat(options.hub().offline()).isTrue();
        });
  }

  @Test
  void leavesTheOtherSideToTheModel() {
    assertThat(run("a", "--width", "64")).isZero();
    Request request = engine.requests.getFirst();
    assertThat(request.width()).hasValue(64);
    assertThat(request.height()).isEmpty();
  }

  @Test
  void printsHelpAndVersionOnStdout() {
    assertThat(run("--help")).isZero();
    assertThat(out()).contains("\"PROMPT\"").contains("--guidance").contains("doctor");
    assertThat(run("help")).isZero();
    assertThat(run("tokens", "--help")).isZero();
    assertThat(run("help", "tokens")).isZero();
    assertThat(out()).contains("--jsonl");
    assertThat(run("--version")).isZero();
    assertThat(out()).containsPattern("hubble \\d+\\.\\d+\\.\\d+");
    assertThat(err()).isEmpty();
    assertThat(engine.requests).isEmpty();
  }

  @Test
  void saysWhatIsMissing() {
    assertThat(run()).isEqualTo(2);
    assertThat(err()).startsWith("What to draw is missing: hubble \"");
  }

  @Test
  void asksForQuotesAroundManyWords() {
    assertThat(run("a", "blue", "galaxy")).isEqualTo(2);
    assertThat(err()).startsWith("A prompt of several words needs quotes");
  }

  @Test
  void guessesMisspeltOptions() {
    assertThat(run("a", "--step", "3")).isEqualTo(2);
    assertThat(err()).startsWith("There is no option --step. Did you mean --steps?");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--steps x",
        "--seed 1.5",
        "--seed 99999999999999999999",
        "--guidance much",
        "--threads -1",
        "--dtype f8",
        "--memory tiny",
        "--precision high",
        "--seed 1 --seed 2",
        "--steps",
        "-o picture.jpg",
        "--no-such-option 2"
      })
  void refusesWrongUsageWithOneSentence(String options) {
    assertThat(run(("a " + options).split(" ", -1))).isEqualTo(2);
    assertThat(err().lines().findFirst().orElse("")).isNotBlank();
    assertThat(err()).doesNotContain("\tat ");
    assertThat(out()).isEmpty();
    assertThat(engine.requests).isEmpty();
  }

  @Test
  void ends2WhenTheLibraryRefusesTheRequest() {
    engine.failure = new HubbleException.BadRequest("The width must be a multiple of 8.");
    assertThat(run("a", "--width", "65")).isEqualTo(2);
    assertThat(err()).isEqualTo("The width must be a multiple of 8." + System.lineSeparator());
    assertThat(engine.closed).isEqualTo(1);
  }

  @Test
  void ends1WhenTheModelIsDamaged() {
    engine.failure = new HubbleException.Model("unet/config.json is missing.");
    assertThat(run("a")).isEqualTo(1);
    assertThat(err()).isEqualTo("unet/config.json is missing." + System.lineSeparator());
  }

  @Test
  void ends130WhenCancelled() {
    engine.failure = new HubbleException.Cancelled();
    assertThat(run("a")).isEqualTo(130);
    assertThat(err()).isEqualTo("Cancelled." + System.lineSeparator());
  }

  @Test
  void explainsTooLittleMemory() {
    engine.failure = new OutOfMemoryError("Java heap space");
    assertThat(run("a")).isEqualTo(1);
    assertThat(err()).startsWith("Out of memory: Java may use").contains("-Xmx");
    assertThat(err()).doesNotContain("\tat ");
  }

  @Test
  void namesWhatNobodyExpected() {
    engine.failure = new IllegalStateException("broken");
    assertThat(run("a")).isEqualTo(1);
    assertThat(err())
        .startsWith("Hubble failed: java.lang.IllegalStateException: broken")
        .doesNotContain("\tat ");
  }

  @Test
  void showsTheStackTraceWithDebugAlone() {
    engine.failure = new IllegalStateException("broken");
    assertThat(run("a", "--debug")).isEqualTo(1);
    assertThat(err()).startsWith("Hubble failed").contains("\tat dev.hubble.cli.CliTest");
  }

  @Test
  void showsTheStackTraceOfErrorsToo() {
    engine.failure = new LinkageError("broken");
    assertThat(run("info", "mini", "--debug")).isEqualTo(1);
    assertThat(err()).contains("LinkageError: broken").contains("\tat dev.hubble.cli.CliTest");
  }
}
