// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.Generated;
import dev.hubble.HubbleException;
import dev.hubble.Request;
import dev.hubble.image.Png;
import dev.hubble.image.Xmp;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

/// Draws the pictures of a grid, column by column within each row, and the sheet.
///
/// @param text what the user asked for
/// @param requests one per cell, row by row
record GridRun(GridPlan plan, String text, List<Request> requests) {
  /// Reads the request of every cell before anything is drawn.
  ///
  /// @param request what a command line with these further options asks for
  static GridRun of(GridPlan plan, String text, Function<List<String>, Request> request) {
    long seed = ThreadLocalRandom.current().nextLong(1L << 32);
    var requests = new ArrayList<Request>();
    for (int row = 0; row < plan.rows(); row++) {
      for (int column = 0; column < plan.columns(); column++) {
        var cell = request.apply(plan.options(column, row));
        var prompt = plan.prompt(column, row);
        cell = prompt == null ? cell : cell.prompt(prompt);
        if (cell.count() != 1) {
          throw new HubbleException.BadRequest(
              "A grid has one picture in each place; leave out --count.");
        }
        // Only what is on the axes differs.
        requests.add(cell.seed().isPresent() ? cell : cell.seed(seed));
      }
    }
    return new GridRun(plan, text, requests);
  }

  /// Draws.
  ///
  /// @param draw draws one
  /// @param keep takes each picture and its number, counted from 1
  /// @param done takes the path of the sheet
  void run(
      Function<Request, Generated> draw,
      BiConsumer<Generated, Integer> keep,
      Destination destination,
      Consumer<Path> done) {
    var pictures = new ArrayList<BufferedImage>();
    for (var request : requests) {
      var generated = draw.apply(request);
      pictures.add(generated.image());
      if (pictures.size() == 1) {
        // Better now than after hours.
        GridSheet.check(plan, generated.width(), generated.height());
      }
      keep.accept(generated, pictures.size());
    }
    var sheet = GridSheet.of(plan, pictures);
    var chunks = new LinkedHashMap<String, String>();
    chunks.put("grid", text);
    chunks.put(Xmp.KEYWORD, Xmp.aiGenerated("hubble " + VersionProvider.version()));
    var first = requests.getFirst();
    done.accept(
        destination.write(
            first.prompt() + " grid",
            first.seed().orElse(0),
            1,
            1,
            out -> Png.write(sheet, chunks, out)));
  }
}
