import type { CustomResource, PodPath } from '../kubernetes/custom-resource.ts';

const tektonTask = (at: string): PodPath => ({
  at,
  is: 'parts',
  containers: ['steps', 'sidecars', 'stepTemplate'],
  volumes: ['volumes'],
});

const argoTemplates = (at: string): readonly PodPath[] => [
  { at, is: 'parts', volumes: ['volumes'] },
  {
    at: at === '' ? 'templates.*' : `${at}.templates.*`,
    is: 'parts',
    containers: ['container', 'script', 'containerSet.containers', 'initContainers', 'sidecars'],
    volumes: ['volumes', 'containerSet.volumes'],
  },
];

const sparkPod = (at: string): readonly PodPath[] => [
  { at, is: 'parts', containers: ['', 'sidecars', 'initContainers'] },
  { at: `${at}.template`, is: 'template' },
];

const template = (at: string): PodPath => ({ at, is: 'template' });

/**
 * The custom resources of CI systems and of common controllers, as their APIs have them on 2026-11-21.
 *
 * tekton.dev/docs, argo-workflows.readthedocs.io (fields), actions/actions-runner-controller (apis), shipwright-io/build
 * (pkg/apis), knative.dev, volcano.sh, kubeflow/spark-operator (api), ray-project/kuberay, openkruise.io, keda.sh, kubevirt.io.
 */
export const customResources: readonly CustomResource[] = [
  { kinds: ['tekton.dev/Task', 'tekton.dev/ClusterTask'], pods: [tektonTask('spec')] },
  { kinds: ['tekton.dev/StepAction'], pods: [{ at: 'spec', is: 'parts', containers: [''] }] },
  { kinds: ['tekton.dev/TaskRun'], pods: [tektonTask('spec.taskSpec'), { at: 'spec.podTemplate', is: 'spec' }] },
  { kinds: ['tekton.dev/Pipeline'], pods: ['tasks', 'finally'].map((list) => tektonTask(`spec.${list}.*.taskSpec`)) },
  {
    kinds: ['tekton.dev/PipelineRun'],
    pods: [
      ...['tasks', 'finally'].map((list) => tektonTask(`spec.pipelineSpec.${list}.*.taskSpec`)),
      { at: 'spec.podTemplate', is: 'spec' },
      { at: 'spec.taskRunTemplate.podTemplate', is: 'spec' },
      { at: 'spec.taskRunSpecs.*.podTemplate', is: 'spec' },
    ],
  },
  {
    kinds: ['argoproj.io/Workflow', 'argoproj.io/WorkflowTemplate', 'argoproj.io/ClusterWorkflowTemplate'],
    pods: argoTemplates('spec'),
  },
  { kinds: ['argoproj.io/CronWorkflow'], pods: argoTemplates('spec.workflowSpec') },
  { kinds: ['argoproj.io/Rollout'], pods: [template('spec.template')] },
  {
    kinds: ['actions.github.com/AutoscalingRunnerSet', 'actions.github.com/AutoscalingListener'],
    pods: [template('spec.template')],
  },
  { kinds: ['actions.github.com/EphemeralRunnerSet'], pods: [template('spec.ephemeralRunnerSpec')] },
  { kinds: ['actions.github.com/EphemeralRunner'], pods: [{ at: '', is: 'template' }] },
  {
    kinds: [
      'actions.summerwind.dev/RunnerDeployment',
      'actions.summerwind.dev/RunnerReplicaSet',
      'actions.summerwind.dev/RunnerSet',
    ],
    pods: [template('spec.template'), { at: 'spec.template.spec', is: 'parts', containers: ['sidecarContainers'] }],
  },
  {
    kinds: ['actions.summerwind.dev/Runner'],
    pods: [
      { at: 'spec', is: 'spec' },
      { at: 'spec', is: 'parts', containers: ['sidecarContainers'] },
    ],
  },
  {
    kinds: ['shipwright.io/BuildStrategy', 'shipwright.io/ClusterBuildStrategy'],
    pods: [{ at: 'spec', is: 'parts', containers: ['steps', 'buildSteps'], volumes: ['volumes'] }],
  },
  {
    kinds: ['serving.knative.dev/Service', 'serving.knative.dev/Configuration', 'sources.knative.dev/ContainerSource'],
    pods: [template('spec.template')],
  },
  { kinds: ['serving.knative.dev/Revision'], pods: [{ at: 'spec', is: 'spec' }] },
  { kinds: ['batch.volcano.sh/Job'], pods: [template('spec.tasks.*.template')] },
  {
    kinds: ['sparkoperator.k8s.io/SparkApplication'],
    pods: [
      ...sparkPod('spec.driver'),
      ...sparkPod('spec.executor'),
      { at: 'spec', is: 'parts', containers: [''], volumes: ['volumes'] },
    ],
  },
  {
    kinds: ['sparkoperator.k8s.io/ScheduledSparkApplication'],
    pods: [
      ...sparkPod('spec.template.driver'),
      ...sparkPod('spec.template.executor'),
      { at: 'spec.template', is: 'parts', containers: [''], volumes: ['volumes'] },
    ],
  },
  {
    kinds: ['ray.io/RayCluster'],
    pods: [template('spec.headGroupSpec.template'), template('spec.workerGroupSpecs.*.template')],
  },
  {
    kinds: ['ray.io/RayJob', 'ray.io/RayService'],
    pods: ['spec.rayClusterSpec', 'spec.rayClusterConfig'].flatMap((at) => [
      template(`${at}.headGroupSpec.template`),
      template(`${at}.workerGroupSpecs.*.template`),
    ]),
  },
  {
    kinds: ['CloneSet', 'StatefulSet', 'DaemonSet', 'BroadcastJob'].map((kind) => `apps.kruise.io/${kind}`),
    pods: [template('spec.template')],
  },
  { kinds: ['apps.kruise.io/AdvancedCronJob'], pods: [template('spec.template.*.spec.template')] },
  { kinds: ['keda.sh/ScaledJob'], pods: [template('spec.jobTargetRef.template')] },
  {
    kinds: ['PyTorchJob', 'TFJob', 'MPIJob', 'XGBoostJob'].map((kind) => `kubeflow.org/${kind}`),
    pods: ['pytorch', 'tf', 'mpi', 'xgb'].map((name) => template(`spec.${name}ReplicaSpecs.*.template`)),
  },
  {
    kinds: ['Prometheus', 'PrometheusAgent', 'Alertmanager', 'ThanosRuler'].map(
      (kind) => `monitoring.coreos.com/${kind}`,
    ),
    pods: [{ at: 'spec', is: 'spec' }],
  },
  { kinds: ['upgrade.cattle.io/Plan'], pods: [{ at: 'spec', is: 'parts', containers: ['upgrade', 'prepare'] }] },
  {
    kinds: ['kubevirt.io/VirtualMachine', 'kubevirt.io/VirtualMachineInstanceReplicaSet'],
    pods: [{ at: 'spec.template.spec', is: 'parts', hostDisks: ['volumes'] }],
  },
  { kinds: ['kubevirt.io/VirtualMachineInstance'], pods: [{ at: 'spec', is: 'parts', hostDisks: ['volumes'] }] },
  {
    kinds: ['pool.kubevirt.io/VirtualMachinePool'],
    pods: [{ at: 'spec.virtualMachineTemplate.spec.template.spec', is: 'parts', hostDisks: ['volumes'] }],
  },
];
