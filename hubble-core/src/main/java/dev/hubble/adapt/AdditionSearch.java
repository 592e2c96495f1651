// SPDX-License-Identifier: Apache-2.0
package dev.hubble.adapt;

import dev.hubble.Additions;
import dev.hubble.HubbleException;
import dev.hubble.UsedAdditions;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Collectors;

/// Finds the files of LoRAs and learned words that are known by name and hash.
public final class AdditionSearch {
  /// A folder and the folders in it, into which people sort their files.
  private static final int DEPTH = 2;

  private final List<Path> folders;

  /// @param folders where to look, first come first
  public AdditionSearch(List<Path> folders) {
    this.folders = folders.stream().distinct().toList();
  }

  /// All files.
  ///
  /// @throws HubbleException.BadRequest naming what is not there, or is another file
  public Additions find(UsedAdditions wanted) {
    var found = Additions.NONE;
    for (var lora : wanted.loras()) {
      found = found.lora(file("LoRA", lora.name(), lora.hash(), "--lora FILE"), lora.scale());
    }
    // A file may teach several words.
    var files = new LinkedHashMap<Path, List<String>>();
    for (var word : wanted.words()) {
      var file = file("embedding", word.name(), word.hash(), "--embedding FILE=" + word.token());
      files.computeIfAbsent(file, _ -> new ArrayList<>()).add(word.token());
    }
    for (var file : files.entrySet()) {
      if (EmbeddingFiles.tokens(new Additions.Embedding(file.getKey(), null))
          .equals(file.getValue())) {
        found = found.embedding(file.getKey());
      } else {
        for (var token : file.getValue()) {
          found = found.embedding(file.getKey(), token);
        }
      }
    }
    return found;
  }

  private Path file(String what, String name, String hash, String option) {
    List<Path> ofThatName =
        folders.stream()
            .flatMap(folder -> files(folder).stream())
            .filter(file -> AdditionNames.of(file).equals(AdditionNames.plain(name)))
            .toList();
    if (ofThatName.isEmpty()) {
      throw new HubbleException.BadRequest(
          "The %s %s%s is not in %s: say in which folder it is with --additions FOLDER, or which file to take with %s."
              .formatted(
                  what,
                  name,
                  hash.isEmpty() ? "" : " (hash " + hash + ")",
                  folders.stream().map(Path::toString).collect(Collectors.joining(" or ")),
                  option));
    }
    return ofThatName.stream()
        .filter(file -> AdditionHash.fits(file, hash))
        .findFirst()
        .orElseThrow(() ->
            new HubbleException.BadRequest(
                "%s is another file than the %s %s of the recipe: its hash is %s and not %s; say in which folder the right one is with --additions FOLDER, or take this one with %s."
                    .formatted(
                        ofThatName.getFirst(),
                        what,
                        name,
                        what.equals("LoRA")
                            ? AdditionHash.lora(ofThatName.getFirst())
                            : AdditionHash.word(ofThatName.getFirst()),
                        hash,
                        option)));
  }

  private static List<Path> files(Path folder) {
    var files = new ArrayList<Path>();
    var visitor =
        new SimpleFileVisitor<Path>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (AdditionNames.isWeights(file) && Files.isRegularFile(file)) {
              files.add(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) {
            return FileVisitResult.CONTINUE; // what nobody may read is not meant
          }
        };
    try {
      Files.walkFileTree(folder, EnumSet.of(FileVisitOption.FOLLOW_LINKS), DEPTH, visitor);
    } catch (IOException e) {
      throw new HubbleException.BadRequest(
          "%s cannot be searched: %s.".formatted(folder, e.getMessage()), e);
    }
    files.sort(null);
    return files;
  }
}
