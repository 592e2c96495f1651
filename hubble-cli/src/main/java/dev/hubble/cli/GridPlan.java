// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.HubbleException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What `--grid` asks for: one or two options, each with the values that it takes.
///
/// @param across what changes from column to column
/// @param down what changes from row to row; null for a single row
record GridPlan(Axis across, @Nullable Axis down) {
  /// More pictures than this are a mistake in the call, not a wish.
  private static final int MOST = 400;

  /// What makes no sense to vary: it is for the whole run, or draws several pictures itself.
  private static final List<String> FIXED =
      List.of(
          "model",
          "device",
          "dtype",
          "threads",
          "tokenizer",
          "config",
          "ema",
          "revision",
          "variant",
          "offline",
          "output",
          "report",
          "trace",
          "json",
          "quiet",
          "preview",
          "timeout",
          "count",
          "grid",
          "grid-keep",
          "debug",
          "help",
          "version");

  /// Not an option, but what one most wants to vary.
  private static final String PROMPT = "prompt";

  private static final Pattern PIECE =
      Pattern.compile("\\s*(?:([a-z][a-z-]*)=)?(\"(?:[^\"\\\\]|\\\\.)*\"|[^,]*)(?:,|$)");

  private static final Pattern RANGE =
      Pattern.compile(
          "(-?[0-9.]+?)\\.\\.(-?[0-9]+(?:\\.[0-9]+)?)(?:\\.\\.([0-9]+(?:\\.[0-9]+)?))?");

  /// One option.
  ///
  /// @param option without its hyphens: `seed`
  /// @param values as they are written on a command line
  record Axis(String option, List<String> values) {
    String label(int i) {
      return option + " " + values.get(i);
    }
  }

  int columns() {
    return across.values().size();
  }

  int rows() {
    return down == null ? 1 : down.values().size();
  }

  /// The options of the picture in that cell.
  List<String> options(int column, int row) {
    var options = new ArrayList<String>();
    cell(column, row)
        .forEach((option, value) -> {
          if (!option.equals(PROMPT)) {
            options.add("--" + option + "=" + value);
          }
        });
    return options;
  }

  /// The prompt of that picture; null if no axis is about it.
  @Nullable String prompt(int column, int row) {
    return cell(column, row).get(PROMPT);
  }

  private Map<String, String> cell(int column, int row) {
    var cell = new LinkedHashMap<String, String>();
    cell.put(across.option(), across.values().get(column));
    if (down != null) {
      cell.put(down.option(), down.values().get(row));
    }
    return cell;
  }

  /// Reads `seed=1..4,guidance=5,7.5`: a piece with a name begins an axis, one without goes on.
  static GridPlan parse(String text) {
    var axes = new ArrayList<Axis>();
    Matcher piece = PIECE.matcher(text);
    int at = 0;
    while (at < text.length() && piece.find(at) && piece.start() == at) {
      String name = piece.group(1);
      if (name != null) {
        axes.add(new Axis(name, new ArrayList<>()));
      } else if (axes.isEmpty()) {
        throw refused("begins with no name; write seed=1..4 for example");
      }
      axes.getLast().values().addAll(values(axes.getLast().option(), piece.group(2).strip()));
      at = piece.end();
    }
    if (axes.isEmpty() || axes.size() > 2) {
      throw refused("has %d options; it can have one or two".formatted(axes.size()));
    }
    var plan = new GridPlan(axes.getFirst(), axes.size() == 2 ? axes.getLast() : null);
    axes.forEach(GridPlan::check);
    if (plan.down != null && plan.across.option().equals(plan.down.option())) {
      throw refused("has %s twice".formatted(plan.across.option()));
    }
    checkCount((long) plan.columns() * plan.rows());
    return plan;
  }

  private static void check(Axis axis) {
    if (FIXED.contains(axis.option())) {
      throw refused("cannot vary %s: it is the same for all pictures".formatted(axis.option()));
    }
  }

  private static void checkCount(long count) {
    if (count > MOST) {
      throw refused("has %,d pictures; the most is %d".formatted(count, MOST));
    }
  }

  private static List<String> values(String option, String piece) {
    if (piece.isEmpty()) {
      throw refused("has an empty value for %s".formatted(option));
    }
    if (piece.startsWith("\"")) {
      return List.of(piece.substring(1, piece.length() - 1).replaceAll("\\\\(.)", "$1"));
    }
    Matcher range = RANGE.matcher(piece);
    return range.matches() ? range(piece, range) : List.of(piece);
  }

  private static List<String> range(String piece, Matcher range) {
    BigDecimal from;
    BigDecimal step;
    BigDecimal to = new BigDecimal(range.group(2));
    try {
      from = new BigDecimal(range.group(1));
      step = range.group(3) == null ? BigDecimal.ONE : new BigDecimal(range.group(3));
    } catch (NumberFormatException e) {
      throw refused("has the range %s, which has no beginning".formatted(piece));
    }
    if (step.signum() == 0) {
      throw refused("has the range %s, which goes nowhere".formatted(piece));
    }
    if (to.compareTo(from) < 0) {
      throw refused("has the range %s, which runs backwards".formatted(piece));
    }
    BigDecimal steps = to.subtract(from).divideToIntegralValue(step);
    checkCount(steps.compareTo(BigDecimal.valueOf(MOST)) > 0 ? MOST + 1 : steps.longValue() + 1);
    return Stream.iterate(from, value -> value.compareTo(to) <= 0, value -> value.add(step))
        .map(BigDecimal::toPlainString)
        .toList();
  }

  private static HubbleException.BadRequest refused(String what) {
    return new HubbleException.BadRequest("The grid " + what + ".");
  }
}
