import { at, type Json, listOf, objectOf } from "./object.ts";

/** What is wrong with the body of one kind of object. Words for a person, none when nothing is. */
type Rule = (body: Json) => readonly string[];

const needs =
  (...paths: readonly string[]): Rule =>
  (body) =>
    paths
      .filter((path) => at(body, ...path.split(".")) === undefined)
      .map((path) => `${path} is missing`);

const podProblems = (pod: unknown): readonly string[] => {
  const containers = listOf(at(pod, "spec", "containers"));
  if (containers.length === 0) return ["the pod has no containers"];
  return containers.flatMap((container) => {
    const { image, name, resources } = objectOf(container);
    return [
      ...(typeof name === "string" ? [] : ["a container has no name"]),
      ...(typeof image === "string" && image !== ""
        ? []
        : [`container ${String(name)} has no image`]),
      ...(at(resources, "limits") === undefined
        ? [`container ${String(name)} has no resource limits`]
        : []),
    ];
  });
};

const workload: Rule = (body) => {
  const wanted = objectOf(at(body, "spec", "selector", "matchLabels"));
  const given = objectOf(at(body, "spec", "template", "metadata", "labels"));
  const unmatched = Object.entries(wanted).filter(([key, value]) => given[key] !== value);
  return [
    ...(Object.keys(wanted).length === 0 ? ["spec.selector.matchLabels is missing"] : []),
    ...unmatched.map(([key]) => `the selector's label ${key} is not on the pods`),
    ...podProblems(at(body, "spec", "template")),
  ];
};

const jobSpec = (spec: unknown): readonly string[] => {
  const policy = at(spec, "template", "spec", "restartPolicy");
  const wrong = policy !== "Never" && policy !== "OnFailure";
  return [
    ...(wrong ? ["restartPolicy must be Never or OnFailure"] : []),
    ...podProblems(at(spec, "template")),
  ];
};

const CRON = /^(@(yearly|annually|monthly|weekly|daily|hourly)|(\S+\s+){4}\S+)$/;
const cronJob: Rule = (body) => [
  ...(CRON.test(String(at(body, "spec", "schedule"))) ? [] : ["spec.schedule has not five fields"]),
  ...jobSpec(at(body, "spec", "jobTemplate", "spec")),
];

const autoscaler: Rule = (body) => {
  const least = Number(at(body, "spec", "minReplicas") ?? 1);
  const most = Number(at(body, "spec", "maxReplicas"));
  return [
    ...needs("spec.scaleTargetRef.kind", "spec.scaleTargetRef.name", "spec.maxReplicas")(body),
    ...(least > most ? ["minReplicas is above maxReplicas"] : []),
  ];
};

const budget: Rule = (body) => {
  const bounds = [at(body, "spec", "minAvailable"), at(body, "spec", "maxUnavailable")];
  const given = bounds.filter((bound) => bound !== undefined).length;
  return [
    ...needs("spec.selector")(body),
    ...(given === 1 ? [] : ["expected one of minAvailable and maxUnavailable"]),
  ];
};

const virtualService: Rule = (body) =>
  listOf(at(body, "spec", "http")).flatMap((route) => {
    const weights = listOf(at(route, "route")).map((one) => at(one, "weight"));
    const given = weights.filter((weight) => weight !== undefined);
    const sum = given.reduce<number>((total, weight) => total + Number(weight), 0);
    return given.length > 0 && sum !== 100 ? [`the weights of a route sum to ${sum}, not 100`] : [];
  });

// One source or several.
const application: Rule = (body) => {
  const source = at(body, "spec", "source") ?? at(body, "spec", "sources");
  return [
    ...needs("spec.project", "spec.destination")(body),
    ...(source === undefined ? ["spec.source is missing"] : []),
  ];
};

const claim = needs("spec.accessModes", "spec.resources.requests.storage");

/** Rules per kind. A kind that is not here is held to the fields every object has. */
export const KIND_RULES: Readonly<Record<string, Rule>> = {
  Deployment: workload,
  StatefulSet: (body) => [...needs("spec.serviceName")(body), ...workload(body)],
  DaemonSet: workload,
  Job: (body) => jobSpec(at(body, "spec")),
  CronJob: cronJob,
  Pod: (body) => podProblems(body),
  Service: needs("spec.ports"),
  HorizontalPodAutoscaler: autoscaler,
  VerticalPodAutoscaler: needs("spec.targetRef.name"),
  PodDisruptionBudget: budget,
  PersistentVolumeClaim: claim,
  StorageClass: needs("provisioner"),
  NetworkPolicy: needs("spec.podSelector"),
  PriorityClass: needs("value"),
  ResourceQuota: needs("spec.hard"),
  LimitRange: needs("spec.limits"),
  ScaledObject: needs("spec.scaleTargetRef.name", "spec.triggers"),
  VirtualService: virtualService,
  DestinationRule: needs("spec.host"),
  Application: application,
  ExternalSecret: needs("spec.secretStoreRef.name"),
  ServiceMonitor: needs("spec.selector", "spec.endpoints"),
  PrometheusRule: needs("spec.groups"),
};
