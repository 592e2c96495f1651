// SPDX-License-Identifier: Apache-2.0

/// The full-size network with weights made by a formula, so that measuring and checking it needs no
/// download.
@org.jspecify.annotations.NullMarked
package dev.hubble.bench.model;
