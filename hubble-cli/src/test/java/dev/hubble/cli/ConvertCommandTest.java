// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.HubbleException;
import dev.hubble.SingleFileHints;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ConvertCommandTest extends CommandLineTest {
  @Test
  void convertsAModelAndSaysWhereItIs() {
    assertThat(run("convert", "a.ckpt", "/new/folder")).isZero();
    assertThat(engine.models).containsExactly("a.ckpt");
    assertThat(engine.converted).isEqualTo(Path.of("/new/folder"));
    assertThat(engine.dtype).isNull();
    assertThat(engine.singleFile).isEqualTo(SingleFileHints.DEFAULT);
    assertThat(out().lines()).containsExactly("/new/folder");
  }

  @Test
  void passesOnWhatItIsTold() {
    var args = "convert a.ckpt /b --dtype f16 --tokenizer t --config c --ema".split(" ");
    assertThat(run(args)).isZero();
    assertThat(engine.dtype).isEqualTo("f16");
    assertThat(engine.singleFile).isEqualTo(new SingleFileHints(Path.of("t"), Path.of("c"), true));
  }

  @Test
  void needsAModelAndAFolder() {
    assertThat(run("convert", "a.ckpt")).isEqualTo(2);
    assertThat(err()).contains("OUT");
  }

  @Test
  void aFolderThatIsNotEmptyIsWrongUsage() {
    engine.failure = new HubbleException.BadRequest("b is not empty.");
    assertThat(run("convert", "a", "b")).isEqualTo(2);
    assertThat(err()).startsWith("b is not empty.");
  }

  @Test
  void drawingAndInfoTakeTheSameOptions() {
    var expected = new SingleFileHints(Path.of("t"), null, true);
    assertThat(run("info", "a.ckpt", "--tokenizer", "t", "--ema")).isZero();
    assertThat(engine.singleFile).isEqualTo(expected);
    assertThat(run("a galaxy", "--model", "a.ckpt", "--tokenizer", "t", "--ema")).isZero();
    assertThat(requireNonNull(engine.options).singleFile()).isEqualTo(expected);
  }
}
