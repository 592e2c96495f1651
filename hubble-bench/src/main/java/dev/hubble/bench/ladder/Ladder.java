// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder;

import dev.hubble.bench.ladder.attention.AttentionLadder;
import dev.hubble.bench.ladder.attention.AttentionProblem;
import dev.hubble.bench.ladder.convolution.ConvLadder;
import dev.hubble.bench.ladder.convolution.ConvProblem;
import dev.hubble.bench.ladder.gemm.GemmLadder;
import dev.hubble.bench.ladder.gemm.GemmProblem;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A ladder with the problem at which its rungs are compared.
///
/// @param name also that of its page in `docs/ladders`
/// @param rungs the plainest first
/// @param shape the problem's sizes, unless others are asked for
/// @param problem makes a problem from sizes
/// @param flops how much arithmetic a problem is
/// @param <P> the kind of problem
public record Ladder<P>(
    String name,
    List<Rung<P>> rungs,
    String shape,
    Function<int[], P> problem,
    ToDoubleFunction<P> flops) {

  /// All ladders. The problems are layers of the UNet at 512x512.
  public static final List<Ladder<?>> ALL =
      List.of(
          new Ladder<>(
              "gemm",
              GemmLadder.RUNGS,
              "512x1280x1280",
              s -> GemmProblem.of(s[0], s[1], s[2]),
              GemmProblem::flops),
          new Ladder<>(
              "convolution",
              ConvLadder.RUNGS,
              "64x64x320x320",
              s -> ConvProblem.of(s[0], s[1], s[2], s[3]),
              ConvProblem::flops),
          new Ladder<>(
              "attention",
              AttentionLadder.RUNGS,
              "4096x4096x2x40",
              s -> AttentionProblem.of(s[0], s[1], s[2], s[3]),
              AttentionProblem::flops));

  /// The ladder of that name.
  ///
  /// @throws IllegalArgumentException if there is none
  public static Ladder<?> of(String name) {
    return ALL.stream()
        .filter(ladder -> ladder.name.equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "There is no ladder \"%s\"; there are %s."
                    .formatted(
                        name, ALL.stream().map(Ladder::name).collect(Collectors.joining(", ")))));
  }

  /// A problem on a rung, and how much arithmetic it is.
  ///
  /// @param prepared ready to be solved
  /// @param flops a multiply-add counts as two
  public record Task(Rung.Prepared prepared, double flops) {}

  /// Prepares a rung.
  ///
  /// @param rung from 1 on
  /// @param sizes such as `512x1280x1280`
  public Task prepare(int rung, String sizes) {
    var p = problem.apply(Stream.of(sizes.split("x", -1)).mapToInt(Integer::parseInt).toArray());
    return new Task(rungs.get(rung - 1).method().prepare(p), flops.applyAsDouble(p));
  }
}
