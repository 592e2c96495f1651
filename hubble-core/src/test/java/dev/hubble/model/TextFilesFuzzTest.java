// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hubble.HubbleException;
import dev.hubble.clip.TextEncoderConfig;
import dev.hubble.clip.Tokenizer;
import dev.hubble.schedulers.SchedulerConfig;
import dev.hubble.schedulers.Schedulers;
import dev.hubble.unet.UNetConfig;
import dev.hubble.vae.VaeConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever becomes of a model's text files, they are read or refused with a sentence.
///
/// `-Dhubble.fuzz.runs=1000000` runs a million of each.
class TextFilesFuzzTest {
  private static final long RUNS = Long.getLong("hubble.fuzz.runs", 1500);

  private static final List<String> WORDS =
      List.of(
          "{",
          "}",
          "[",
          "]",
          "\"",
          ",",
          ":",
          "\\",
          "\\u0000",
          "null",
          "true",
          "false",
          "-1",
          "0",
          "1e999",
          "NaN",
          "9223372036854775808",
          "0.5",
          "\n",
          "\u0000",
          "\ud800",
          "</w>",
          "\"\"",
          "<|endoftext|>",
          "[[[[[[[[",
          "{\"\":",
          "#version",
          " ",
          "\u00e9");

  private static final TextCorpus CORPUS = new TextCorpus();

  static Stream<Arguments> files() {
    String vocab = text("tiny-vocab/vocab.json");
    String merges = text("tiny-vocab/merges.txt");
    return Stream.of(
        arguments(
            "unet/config.json",
            text("tiny-sd/unet/config.json"),
            t -> UNetConfig.of(Config.parse("config.json", t))),
        arguments(
            "vae/config.json",
            text("tiny-sd/vae/config.json"),
            t -> VaeConfig.of(Config.parse("config.json", t))),
        arguments(
            "text_encoder/config.json",
            text("tiny-sd/text_encoder/config.json"),
            t -> TextEncoderConfig.of(Config.parse("config.json", t))),
        arguments(
            "scheduler_config.json",
            text("tiny-sd/scheduler/scheduler_config.json"),
            t -> Schedulers.create(SchedulerConfig.parse(t), "", 2, 0).timesteps()),
        arguments(
            "tokenizer_config.json",
            text("tiny-vocab/tokenizer_config.json"),
            t -> Tokenizer.load(vocab, merges, t, null).ids("a galaxy")),
        arguments("vocab.json", vocab, t -> Tokenizer.load(t, merges, null, null).ids("a galaxy")),
        arguments("merges.txt", merges, t -> Tokenizer.load(vocab, t, null, null).ids("a galaxy")),
        arguments(
            "tokenizer.json",
            text("tiny-sd/tokenizer/tokenizer.json"),
            t -> Tokenizer.loadTokenizerJson(t, null, null).ids("a galaxy")));
  }

  private static Arguments arguments(String name, String valid, Consumer<String> read) {
    return Arguments.of(name, valid, read);
  }

  private static String text(String resource) {
    try (InputStream in =
        Objects.requireNonNull(
            TextFilesFuzzTest.class.getResourceAsStream("/reference/" + resource), resource)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("files")
  void anyChangeIsReadOrRefused(String name, String valid, Consumer<String> read) {
    read.accept(valid);
    var random = new Random(name.hashCode());
    long refused = 0;
    for (long run = 0; run < RUNS; run++) {
      String changed = change(valid, random);
      try {
        read.accept(changed);
      } catch (HubbleException.Model | HubbleException.BadRequest e) {
        assertThat(e.getMessage()).isNotBlank();
        CORPUS.add(name, e.getMessage(), changed);
        refused++;
      } catch (RuntimeException | StackOverflowError e) {
        throw new AssertionError(
            "%s, run %d, gave %s for:%n%s".formatted(name, run, e, changed), e);
      }
    }
    assertThat(refused).isBetween(1L, RUNS);
    System.out.printf("%s: %,d runs, %,d refused%n", name, RUNS, refused);
  }

  @AfterAll
  static void keep() {
    CORPUS.save();
  }

  static Stream<TextCorpus.Refused> corpus() {
    return TextCorpus.load().stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("corpus")
  void whatWasRefusedIsRefusedAsBefore(TextCorpus.Refused refused) {
    Consumer<String> read =
        files()
            .map(Arguments::get)
            .filter(file -> file[0].equals(refused.file()))
            .map(file -> TextFilesFuzzTest.reader(file[2]))
            .findFirst()
            .orElseThrow();
    assertThatExceptionOfType(HubbleException.class)
        .isThrownBy(() -> read.accept(refused.text()))
        .withMessageStartingWith(refused.sentence());
  }

  @SuppressWarnings("unchecked") // as arguments(..) below put it in
  private static Consumer<String> reader(Object argument) {
    return (Consumer<String>) argument;
  }

  private static String change(String valid, Random random) {
    var text = new StringBuilder(valid);
    for (int changes = random.nextInt(3); changes >= 0; changes--) {
      int at = random.nextInt(text.length() + 1);
      int end = Math.min(text.length(), at + random.nextInt(12));
      switch (random.nextInt(6)) {
        case 0 -> text.setLength(at);
        case 1 -> text.delete(at, end);
        case 2 -> text.insert(at, WORDS.get(random.nextInt(WORDS.size())));
        case 3 -> text.replace(at, end, WORDS.get(random.nextInt(WORDS.size())));
        case 4 -> text.insert(at, text.substring(at, end));
        default -> {
          if (at < text.length()) {
            text.setCharAt(at, (char) (text.charAt(at) ^ 1 << random.nextInt(8)));
          }
        }
      }
    }
    return text.toString();
  }
}
