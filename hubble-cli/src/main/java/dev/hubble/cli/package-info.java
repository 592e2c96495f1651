// SPDX-License-Identifier: Apache-2.0
/// The `hubble` command.
@NullMarked
package dev.hubble.cli;

import org.jspecify.annotations.NullMarked;
