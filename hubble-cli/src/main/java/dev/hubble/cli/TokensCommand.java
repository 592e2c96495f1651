// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import dev.hubble.HubbleException;
import dev.hubble.LoadOptions;
import dev.hubble.PromptSyntax;
import dev.hubble.Tokenizing;
import dev.hubble.Tokens;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.List;
import java.util.StringJoiner;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// `hubble tokens`: how a model reads a text, and what of it would be cut off.
@Command(
    name = "hubble tokens",
    description = "Shows how a model reads texts, and what it would cut off.",
    sortOptions = false,
    usageHelpAutoWidth = true,
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class)
final class TokensCommand implements Callable<Integer> {
  private final Engine engine;
  private final Io io;

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Parameters(arity = "0..*", paramLabel = "TEXT", description = "The texts, each by itself.")
  private List<String> texts = List.of();

  @Option(
      names = "--model",
      paramLabel = "M",
      defaultValue = "mini",
      description = "A folder, one with vocab.json in it, a name on the hub, or mini (default).")
  private String model = "mini";

  @Option(
      names = "--jsonl",
      description = {
        "Read lines {\"text\": ...} from stdin,",
        "write lines {\"ids\": [...], \"untruncated\": n}."
      })
  private boolean jsonl;

  @Option(
      names = "--prompt-syntax",
      paramLabel = "NAME",
      description = "How prompts are read: diffusers (default), a1111 or compel.")
  private String syntax = "diffusers";

  @Mixin private final HubOptions hub = new HubOptions();

  TokensCommand(Engine engine, Io io) {
    this.engine = engine;
    this.io = io;
  }

  @Override
  public Integer call() throws IOException {
    if (jsonl == !texts.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "Give either TEXT arguments, or --jsonl and texts on stdin.");
    }
    PromptSyntax marks = PromptSyntax.of(syntax);
    Tokenizing model = tokenizer();
    Function<String, Tokens> tokenizer = text -> model.encode(text, marks);
    if (jsonl) {
      lines(tokenizer);
    } else {
      texts.forEach(text -> show(text, tokenizer.apply(text)));
    }
    return ExitCode.DONE;
  }

  private void show(String text, Tokens tokens) {
    if (tokens.chunks() > 1 || tokens.weights().stream().anyMatch(weight -> weight != 1)) {
      showChunks(text, tokens);
      return;
    }
    int length = tokens.ids().size();
    int used = Math.min(tokens.untruncated(), length);
    io.out().println("text    " + text);
    io.out().println("pieces  " + String.join(" ", tokens.pieces()));
    io.out()
        .println(
            "ids     "
                + tokens.ids().stream().limit(used).map(String::valueOf).collect(joining(" ")));
    io.out().printf("count   %d of %d, start and end included%n", tokens.untruncated(), length);
    io.out().println("cut     " + (tokens.truncated().isEmpty() ? "nothing" : tokens.truncated()));
  }

  /// One line per chunk, without the padding at its end: each token with its weight.
  private void showChunks(String text, Tokens tokens) {
    io.out().println("text    " + text);
    io.out().println("pieces  " + String.join(" ", tokens.pieces()));
    int length = tokens.ids().size() / tokens.chunks();
    for (int chunk = 0; chunk < tokens.chunks(); chunk++) {
      List<Integer> ids = tokens.ids().subList(chunk * length, (chunk + 1) * length);
      List<Float> weights = tokens.weights().subList(chunk * length, (chunk + 1) * length);
      // Up to the first of the equal ids that fill the chunk up, which also end the text.
      int used = length;
      while (used > 1 && ids.get(used - 2).equals(ids.getLast())) {
        used--;
      }
      var line = new StringJoiner(" ");
      for (int i = 0; i < used; i++) {
        line.add(weights.get(i) == 1 ? ids.get(i).toString() : ids.get(i) + ":" + weights.get(i));
      }
      io.out().printf("chunk %d %s%n", chunk + 1, line);
    }
    io.out()
        .printf(
            "count   %d in %d chunk%s of %d, start and end included%n",
            tokens.untruncated(), tokens.chunks(), tokens.chunks() == 1 ? "" : "s", length);
  }

  private Tokenizing tokenizer() {
    try (var line = new DownloadLine(io, /* quiet= */ false)) {
      return engine.tokenizer(model, LoadOptions.DEFAULT.hub(hub.get(line)));
    }
  }

  private record Line(List<Integer> ids, int untruncated) {}

  private void lines(Function<String, Tokens> tokenizer) throws IOException {
    var json = new JsonMapper();
    var in = new BufferedReader(new InputStreamReader(io.in(), UTF_8));
    int number = 0;
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      number++;
      if (line.isBlank()) {
        continue;
      }
      Tokens tokens = tokenizer.apply(text(json, line, number));
      io.out().println(json.writeValueAsString(new Line(tokens.ids(), tokens.untruncated())));
      // Whoever waits for an answer before the next question gets it; whoever left ends the run.
      if (io.out().checkError()) {
        throw new HubbleException("Nobody reads the output any more.");
      }
    }
  }

  private static String text(JsonMapper json, String line, int number) {
    try {
      var text = json.readTree(line).path("text");
      if (text.isString()) {
        return text.stringValue();
      }
    } catch (JacksonException e) {
      throw new HubbleException("Line " + number + " of stdin is no JSON: " + line, e);
    }
    throw new HubbleException("Line " + number + " of stdin is not {\"text\": \"...\"}: " + line);
  }
}
