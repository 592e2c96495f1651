// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.model;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Runs a test only where it was asked for and the machine can hold it; elsewhere it is reported as
/// skipped, with the reason.
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(RequiresFullSize.Condition.class)
@interface RequiresFullSize {

  /// Looks at the machine.
  final class Condition implements ExecutionCondition {
    private static final long GIB = 1L << 30;
    private static final long NEEDED = 15 * GIB; // a machine sold with 16 has a little less

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      var skipped = reasonToSkip();
      if (skipped.isEmpty()) {
        return ConditionEvaluationResult.enabled("asked for, and there is memory enough");
      }
      System.out.println(context.getDisplayName() + " is skipped: " + skipped);
      return ConditionEvaluationResult.disabled(skipped);
    }

    private static String reasonToSkip() {
      if (!Boolean.getBoolean("hubble.fullsize")) {
        return "it takes minutes and 8 GiB; -Dhubble.fullsize=true runs it";
      }
      long memory =
          ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
              .getTotalMemorySize();
      return memory >= NEEDED
          ? ""
          : "it needs a machine with 16 GiB of memory, this one has " + memory / GIB;
    }
  }
}
