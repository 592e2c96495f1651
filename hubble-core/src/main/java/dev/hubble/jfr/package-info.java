// SPDX-License-Identifier: Apache-2.0
/// What Hubble tells Java's Flight Recorder: an event for each stage, in the category "Hubble".
package dev.hubble.jfr;
