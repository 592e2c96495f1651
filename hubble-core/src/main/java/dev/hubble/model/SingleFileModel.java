// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

import dev.hubble.HubbleException;
import dev.hubble.SingleFileHints;
import dev.hubble.weights.SingleFile;
import dev.hubble.weights.TensorStore;
import dev.hubble.weights.WeightsException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A model in one file, `.ckpt` or `.safetensors`, which holds weights and nothing else.
///
/// Its sizes are those of Stable Diffusion v1.4, like nearly all such models', unless a folder says
/// otherwise; and it has no tokenizer of its own.
///
/// @param file the file
/// @param options where its sizes and its tokenizer are
/// @param vocabulary the tokenizer if `options` name none
record SingleFileModel(Path file, SingleFileHints options, ClipVocabulary vocabulary)
    implements ModelFiles {
  private static final String TOKENIZER = "tokenizer/";

  SingleFileModel {
    checkFolder(options.config(), "config");
    checkFolder(options.tokenizer(), "tokenizer");
  }

  private static void checkFolder(@Nullable Path folder, String what) {
    if (folder != null && !Files.isDirectory(folder)) {
      throw new HubbleException.BadRequest(
          "There is no folder %s to take the %s from.".formatted(folder, what));
    }
  }

  @Override
  public String name() {
    var last = file.getFileName();
    return last == null ? file.toString() : last.toString();
  }

  @Override
  public String locate(String path) {
    if (path.startsWith(TOKENIZER) && options.tokenizer() != null) {
      return options.tokenizer().resolve(path.substring(TOKENIZER.length())).toString();
    }
    return options.config() == null
        ? "%s (which Hubble has from Stable Diffusion v1.4)".formatted(path)
        : options.config().resolve(path).toString();
  }

  @Override
  public @Nullable String find(String path) {
    var tokenizer = options.tokenizer();
    if (path.startsWith(TOKENIZER) && tokenizer != null) {
      return new FolderFiles(tokenizer).find(path.substring(TOKENIZER.length()));
    }
    if (path.startsWith(TOKENIZER) && !configHasTokenizer()) {
      return vocabulary.find(path);
    }
    var config = options.config();
    if (config == null) {
      var text = ofVersion14(path);
      return path.equals("unet/config.json") && text != null ? withChannels(text) : text;
    }
    var text = new FolderFiles(config).find(path);
    return text == null && path.equals("model_index.json") ? ofVersion14(path) : text;
  }

  /// The sizes of v1.4 with the file's own number of input channels: a UNet for inpainting differs
  /// in that alone.
  private String withChannels(String config) {
    try (var store = weights("unet", "")) {
      var first = store.find("conv_in.weight");
      return first == null || first.shape().length != 4
          ? config
          : config.replace("\"in_channels\": 4", "\"in_channels\": " + first.shape()[1]);
    }
  }

  private boolean configHasTokenizer() {
    var config = options.config();
    return config != null && Files.isDirectory(config.resolve(TOKENIZER));
  }

  private static @Nullable String ofVersion14(String path) {
    try (var in = SingleFileModel.class.getResourceAsStream("v1-4/" + path)) {
      return in == null ? null : new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String noTokenizer() {
    var named = options.tokenizer();
    if (named == null && configHasTokenizer()) {
      named = options.config();
    }
    return named == null
        ? "%s holds no tokenizer, as no model in a single file does: name a folder that has vocab.json and merges.txt with --tokenizer, since CLIP's could not be had from the hub. (%s)"
            .formatted(file, vocabulary.problem())
        : "%s holds no tokenizer for %s: name a folder that has vocab.json with merges.txt or tokenizer.json with --tokenizer."
            .formatted(named, file);
  }

  @Override
  public TensorStore weights(String component, String base) {
    var part =
        switch (component) {
          case "text_encoder" -> SingleFile.Part.TEXT_ENCODER;
          case "unet" -> SingleFile.Part.UNET;
          case "vae" -> SingleFile.Part.VAE;
          default -> throw new HubbleException.Model("%s holds no %s.".formatted(file, component));
        };
    try {
      return SingleFile.open(file, part, options.ema());
    } catch (WeightsException e) {
      throw new HubbleException.Model(e.getMessage(), e);
    }
  }
}
